/* The value of the cell under the pointer, or under the cursor that arrow keys move. */

import { element } from "./element.js";
import { cellAt, peak } from "./geometry.js";
import { signed } from "./numbers.js";
import { point, ready, scene, watchCell } from "./scene.js";
import { shown } from "./shown.js";
import { onPhoto, whenElsewhere } from "./stage.js";
import { text } from "./text.js";

/** @type {Record<string, [number, number]>} rows down, columns across */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @param {import("./coverage.js").Photo} photo @param {string} key */
function step(photo, key) {
  const { grid } = scene;
  if (scene.cell === null) {
    const strongest = peak(shown(scene).values, grid, photo);
    return cellAt(grid, strongest.x, strongest.y);
  }
  const [down, across] = STEPS[key];
  const { row, column } = scene.cell;
  return {
    row: Math.min(Math.max(row + down, 0), grid.rows - 1),
    column: Math.min(Math.max(column + across, 0), grid.columns - 1),
  };
}

/** @param {HTMLElement} root */
export default async function start(root) {
  const stage = root.querySelector("[data-stage]");
  if (!(stage instanceof HTMLElement)) return;
  const output = element(root, "[data-readout]");
  const hint = element(output, "[data-scripted]");
  const { explanation } = await ready;
  const { image: photo } = explanation;
  hint.hidden = false;

  /** @param {PointerEvent} event */
  const follow = (event) => {
    const place = onPhoto(stage, photo, event);
    point(place && cellAt(scene.grid, place.x, place.y));
  };
  stage.addEventListener("pointerdown", follow);
  stage.addEventListener("pointermove", follow);
  stage.addEventListener("pointerleave", ({ pointerType }) => {
    if (pointerType === "mouse") point(null);
  });
  whenElsewhere("[data-stage]", () => point(null));
  stage.addEventListener("blur", () => point(null));
  stage.addEventListener("keydown", (event) => {
    if (event.key === "Escape") point(null);
    if (!(event.key in STEPS) || event.shiftKey) return; // with Shift they draw
    event.preventDefault();
    point(step(photo, event.key));
  });

  watchCell((now) => {
    if (now.cell === null) return output.replaceChildren(hint);
    const { row, column } = now.cell;
    const value = signed(shown(now).values[row * now.grid.columns + column]);
    return output.replaceChildren(text("cell", { row: `${row + 1}`, column: `${column + 1}`, value }));
  });
}
