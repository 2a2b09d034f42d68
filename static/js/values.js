/* The values of all maps at the place pointed at, by pointer or by arrow keys. */

import { change, facing, watch } from "./facing.js";
import { cellArea, cellAt, peak } from "./geometry.js";
import { signed } from "./numbers.js";
import { onPhoto } from "./stage.js";
import { text } from "./text.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const DASH = "–";

/** Where an arrow key leads: the strongest cell at first, then from cell to cell; its centre on the photo. */
export function stepped({ values, grid }, key) {
  const { photo, place } = facing;
  if (place === null) return peak(values, grid, photo);
  const { row, column } = cellAt(grid, place.x, place.y);
  const [down, across] = STEPS[key];
  const next = {
    row: Math.min(Math.max(row + down, 0), grid.rows - 1),
    column: Math.min(Math.max(column + across, 0), grid.columns - 1),
  };
  const { x, y, width, height } = cellArea(grid, next, photo);
  return { x: x + width / 2, y: y + height / 2 };
}

export const isStep = (event) => event.key in STEPS;

function valueAt(map, { x, y }) {
  if (!map) return DASH;
  const { row, column } = cellAt(map.grid, x, y);
  return signed(map.values[row * map.grid.columns + column]);
}

function markCell(panel, map, place) {
  const area = place && cellArea(map.grid, cellAt(map.grid, place.x, place.y), facing.photo);
  for (const mark of panel.querySelectorAll("[data-mark-cell]")) {
    mark.toggleAttribute("hidden", area === null);
    for (const [name, value] of Object.entries(area ?? {})) mark.setAttribute(name, value);
  }
}

/** @param {[HTMLElement, object][]} panels each with its map */
export function readValues(root, panels) {
  const output = root.querySelector("[data-values]");
  const hint = output.querySelector("[data-scripted]");
  hint.hidden = false;
  for (const [panel, map] of panels) {
    const follow = (event) => change({ place: onPhoto(panel, facing.photo, event) });
    panel.addEventListener("pointerdown", follow);
    panel.addEventListener("pointermove", follow);
    panel.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && change({ place: null }));
    panel.addEventListener("blur", () => change({ place: null }));
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") change({ place: null });
      if (!isStep(event) || event.shiftKey) return;
      event.preventDefault();
      change({ place: stepped(map, event.key) });
    });
  }
  watch(({ maps, place }) => {
    for (const [panel, map] of panels) markCell(panel, map, place);
    if (place === null) return output.replaceChildren(hint);
    const [before, after, difference] = ["before", "after", "difference"].map((name) => valueAt(maps[name], place));
    return output.replaceChildren(text("compared-cell", { before, after, change: difference }));
  });
}
