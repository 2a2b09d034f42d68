/* The map over the photo, and the marks on it. */

import { drawMap } from "./colormap.js";
import { element, elements } from "./element.js";
import { cellArea, fit } from "./geometry.js";
import { marksOf } from "./marks.js";
import { drawMinus } from "./minus.js";
import { percent, signed } from "./numbers.js";
import { placeName } from "./places.js";
import { ready, scene, watch, watchCell } from "./scene.js";
import { nothingOf, shown } from "./shown.js";
import { text } from "./text.js";
import { watchOf } from "./watching.js";
import { strongestZone } from "./zones.js";
import { frameOf } from "./zoom.js";

/** @typedef {import("./view.js").Scene} Scene */
/** @typedef {import("./shown.js").Shown} Shown */
/** @typedef {import("./coverage.js").Photo} Photo */

const LONGEST_SIDE = 1024;

/** As many pixels as the canvas shows of the photo, at most. @type {(canvas: HTMLCanvasElement, photo: Photo, isStretched: boolean) => Photo} */
function rasterOf(canvas, photo, isStretched) {
  const { width, height } = frameOf({ width: canvas.clientWidth, height: canvas.clientHeight }, photo, isStretched);
  const longest = Math.ceil(Math.max(width, height) * window.devicePixelRatio);
  return fit(photo, longest > 0 ? Math.min(longest, LONGEST_SIDE) : LONGEST_SIDE);
}

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
  const words = element(root, "[data-minus]");
  words.hidden = minus === "";
  words.textContent = map.rival ? text("minus-against", { label: map.rival.label }) : text("minus-takes");
}

/** What of a view says which marks there are. @param {import("./view.js").View} view */
const marking = ({ peak, box, mode, threshold, opacity }) => [peak, box, mode, threshold, opacity > 0];

/** Which map is in view, and where its strongest evidence lies. @param {Shown} map @param {Scene} scene */
function announced(map, { explanation, grid }) {
  const { title, rival, selected, logit } = map;
  const words = rival
    ? text("shown-margin", { title, margin: signed(logit) })
    : text("shown", { title, probability: percent(selected.probability) });
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
  canvas.hidden = false;
  const isStretched = stage.classList.contains("stage--stretched");
  const draw = () => {
    const { view, grid, tables } = scene;
    const { values } = shown(scene);
    drawMap(canvas, { values, grid, photo }, view, tables[view.mode][view.colormap]);
  };
  /** Whether the canvas has got another size, and is empty. */
  const isRefitted = () => {
    const { width, height } = rasterOf(canvas, photo, isStretched);
    if (width === canvas.width && height === canvas.height) return false;
    Object.assign(canvas, { width, height });
    return true;
  };
  isRefitted();
  new ResizeObserver(() => isRefitted() && draw()).observe(canvas);

  const announce = announcer(element(root, "[data-announce]"));
  let frame = 0;
  watchOf((now) => [shown(now)], (now) => {
    const map = shown(now);
    title.textContent = map.title;
    announce(announced(map, now));
    nothing.textContent = nothingOf(map, now.grid) ?? "";
    nothing.hidden = nothing.textContent === "";
  });
  watchOf((now) => [shown(now), ...marking(now.view)], (now) => drawMarks(root, now, shown(now)));
  watch(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      draw();
      canvas.classList.toggle("stage__layer--cells", scene.view.cells === "grid");
      stage.classList.toggle("stage--grey", scene.view.grey);
      canvas.dataset.drawn = `${scene.view.class} ${scene.view.versus ?? ""}`;
    });
  });
  watchCell(({ cell, grid }) => place(elements(root, "[data-mark-cell]", SVGElement), cell && cellArea(grid, cell, photo)));
}
