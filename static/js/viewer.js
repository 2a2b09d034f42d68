/* The map over the photo, and the marks on it. */

import { drawMap } from "./colormap.js";
import { element, elements } from "./element.js";
import { cellArea, fit } from "./geometry.js";
import { marksOf } from "./marks.js";
import { drawMinus } from "./minus.js";
import { percent } from "./numbers.js";
import { placeName } from "./places.js";
import { ready, watch, watchCell } from "./scene.js";
import { nothingOf, shown } from "./shown.js";
import { text } from "./text.js";
import { strongestZone } from "./zones.js";

/** @typedef {import("./view.js").Scene} Scene */
/** @typedef {import("./shown.js").Shown} Shown */

const LONGEST_SIDE = 1024;

/** @param {Element[]} marks @param {Record<string, string|number>|null} attributes null hides them */
function place(marks, attributes) {
  for (const mark of marks) {
    mark.toggleAttribute("hidden", attributes === null);
    for (const [name, value] of Object.entries(attributes ?? {})) mark.setAttribute(name, `${value}`);
  }
}

/** @type {(root: HTMLElement, scene: Scene, map: Shown) => void} */
function drawMarks(root, scene, map) {
  const { peak, box, minus } = marksOf(scene, map);
  place(elements(root, "[data-mark-peak]", SVGElement), peak && { d: `M${peak.x} ${peak.y}h0.001` });
  place(elements(root, "[data-mark-box]", SVGElement), box);
  drawMinus(root, minus);
}

/** Which map is in view, and where its strongest evidence lies. @param {Shown} map @param {Scene} scene */
function announced(map, { explanation, grid }) {
  const words = text("shown", { title: map.title, probability: percent(map.selected.probability) });
  const strongest = strongestZone(map.values, grid, explanation.image);
  if (strongest === null) return words;
  return `${words}. ${text("zone-strongest", { zone: placeName(strongest.zone), share: percent(strongest.share) })}`;
}

/** Say to screen readers which map is in view, whenever it is another one. @param {HTMLElement} region */
function announcer(region) {
  /** @type {string|null} */
  let last = null;
  return (/** @type {string} */ words) => {
    if (last !== null && words !== last) region.textContent = words;
    last = words;
  };
}

/** @param {HTMLElement} root */
export default async function start(root) {
  const stage = root.querySelector("[data-stage]");
  if (!stage) return;
  const canvas = element(root, "[data-map]", HTMLCanvasElement);
  const title = element(root, "[data-map-title]");
  const nothing = element(root, "[data-nothing]");
  const { explanation } = await ready;
  const { image: photo } = explanation;
  Object.assign(canvas, fit(photo, LONGEST_SIDE));
  canvas.hidden = false;

  const announce = announcer(element(root, "[data-announce]"));
  let frame = 0;
  watch((scene) => {
    const map = shown(scene);
    title.textContent = map.title;
    announce(announced(map, scene));
    nothing.textContent = nothingOf(map, scene.grid) ?? "";
    nothing.hidden = nothing.textContent === "";
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      drawMap(canvas, { values: map.values, grid: scene.grid, photo }, scene.view, scene.tables[scene.view.mode][scene.view.colormap]);
      canvas.classList.toggle("stage__layer--cells", scene.view.cells === "grid");
      stage.classList.toggle("stage--grey", scene.view.grey);
      canvas.dataset.drawn = `${scene.view.class} ${scene.view.versus ?? ""}`;
      drawMarks(root, scene, map);
    });
  });
  watchCell(({ cell, grid }) => place(elements(root, "[data-mark-cell]", SVGElement), cell && cellArea(grid, cell, photo)));
}
