/* What the colours mean, in logits, and where the cell pointed at lies among them. */

import { drawRamp } from "./colormap.js";
import { parts } from "./element.js";
import { signed } from "./numbers.js";
import { ready, watchCell } from "./scene.js";
import { shown } from "./shown.js";
import { text } from "./text.js";
import { watchOf } from "./watching.js";

/** How values are coloured. @param {import("./view.js").Scene} scene */
const lookOf = ({ view }) => [view.mode, view.colormap, view.opacity, view.threshold];

/** @param {HTMLElement} root */
export default async function start(root) {
  if (!root.querySelector("[data-legend]")) return;
  const find = parts(root);
  await ready;
  const ramp = find("ramp", HTMLCanvasElement);
  ramp.hidden = false;
  watchOf((scene) => [shown(scene).limit > 0, ...lookOf(scene)], (scene) => {
    const { view, tables } = scene;
    drawRamp(ramp, view, shown(scene).limit, tables[view.mode][view.colormap]);
  });
  watchOf((scene) => [shown(scene)], (scene) => {
    const { limit, selected, rival } = shown(scene);
    const isSigned = scene.view.mode === "signed";
    find("lowest").textContent = isSigned ? signed(-limit) : "0";
    const least = isSigned ? text("legend-negative") : text("legend-zero");
    find("lowest-word").textContent = rival && isSigned ? text("legend-against", { label: rival.label }) : least;
    find("highest-word").textContent = rival ? text("legend-against", { label: selected.label }) : text("legend-positive");
    find("highest").textContent = signed(limit);
    find("middle").hidden = !isSigned;
  });
  watchCell((scene) => {
    const { limit, values } = shown(scene);
    const pin = find("pin");
    pin.hidden = scene.cell === null || !(limit > 0);
    if (scene.cell === null || pin.hidden) return;
    const value = values[scene.cell.row * scene.grid.columns + scene.cell.column] / limit;
    const share = scene.view.mode === "signed" ? (value + 1) / 2 : Math.max(0, value);
    pin.style.setProperty("--at", `${100 * share}%`);
  });
}
