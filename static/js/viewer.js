/* The map over the photo, and the marks on it. */

import { drawMap } from "./colormap.js";
import { cellArea, fit, peak } from "./geometry.js";
import { ready, watch, watchCell } from "./scene.js";
import { nothingOf, shown } from "./shown.js";

const LONGEST_SIDE = 1024;

function place(elements, attributes) {
  for (const element of elements) {
    element.toggleAttribute("hidden", attributes === null);
    for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  }
}

function drawMarks(root, { explanation, view, classes }, map) {
  const { grid, image } = explanation;
  const strongest = peak(map.values, grid, image);
  const dot = { d: `M${strongest.x} ${strongest.y}h0.001` };
  place(root.querySelectorAll("[data-mark-peak]"), view.peak && map.limit > 0 ? dot : null);
  const box = view.box && !map.rival && explanation.predictions.find(({ index }) => index === view.class)?.box;
  const { left, top, right, bottom } = box || {};
  const area = box ? { x: left, y: top, width: right - left, height: bottom - top } : null;
  place(root.querySelectorAll("[data-mark-box]"), area);
}

export default async function start(root) {
  const stage = root.querySelector("[data-stage]");
  if (!stage) return;
  const canvas = root.querySelector("[data-map]");
  const title = root.querySelector("[data-map-title]");
  const nothing = root.querySelector("[data-nothing]");
  const { explanation } = await ready;
  const { grid, image: photo } = explanation;
  Object.assign(canvas, fit(photo, LONGEST_SIDE));
  canvas.hidden = false;

  let frame = 0;
  watch((scene) => {
    const map = shown(scene);
    title.textContent = map.title;
    nothing.textContent = nothingOf(map, scene.view.mode) ?? "";
    nothing.hidden = map.limit > 0;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      drawMap(canvas, { values: map.values, grid, photo }, scene.view, scene.tables[scene.view.mode][scene.view.colormap]);
      canvas.classList.toggle("stage__layer--cells", scene.view.cells === "grid");
      stage.classList.toggle("stage--grey", scene.view.grey);
      canvas.dataset.drawn = `${scene.view.class} ${scene.view.versus ?? ""}`;
      drawMarks(root, scene, map);
    });
  });
  watchCell(({ cell }) => place(root.querySelectorAll("[data-mark-cell]"), cell && cellArea(grid, cell, photo)));
}
