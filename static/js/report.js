/* A report's maps: they lie in the file itself, so it opens without a server. */

import { tablesFrom } from "./colormap.js";
import { element, elements } from "./element.js";
import { asked } from "./permalink.js";
import { open, scene, watch } from "./scene.js";
import { drawn } from "./stage.js";

/** @typedef {import("./contract.js").Scored & {bias: number}} Told */

/**
 * @param {{shape: number[], base64: string}} maps little-endian float32, class by class
 * @returns {Float32Array[]} rows x columns each, row by row
 */
export function mapsFrom({ shape, base64 }) {
  const [count, rows, columns] = shape;
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const numbers = new DataView(bytes.buffer);
  const values = Float32Array.from({ length: count * rows * columns }, (_, i) => numbers.getFloat32(4 * i, true));
  return Array.from({ length: count }, (_, i) => values.subarray(i * rows * columns, (i + 1) * rows * columns));
}

/**
 * Mark the region that the report tells of, wherever it is shown by scripts.
 *
 * @param {Element} marks
 * @param {import("./coverage.js").Region} region
 */
function markRegion(marks, { left, top, right, bottom }) {
  for (const kind of ["mark", "mark mark--dashes"]) {
    marks.append(drawn("rect", { class: kind, x: left, y: top, width: right - left, height: bottom - top }));
  }
}

/** @param {HTMLElement} root */
export default function start(root) {
  const data = JSON.parse(element(document, "[data-report]").textContent ?? "");
  const maps = mapsFrom(data.maps);
  const classes = data.classes.map((/** @type {Told} */ one, /** @type {number} */ place) => ({ ...one, values: maps[place] }));
  const { explanation, plain, region } = data;
  if (region) markRegion(element(root, ".stage__marks", SVGElement), region);
  for (const part of elements(root, "[data-scripted]")) part.hidden = false;
  scene.all = Promise.resolve();
  const tables = tablesFrom(data.colormaps);
  open({ explanation, tables, classes, view: asked(data.view, "", { explanation, tables }), plain });
  watch((now) => {
    for (const figure of elements(document, "[data-figure]")) {
      figure.hidden = now.view.versus === null && Number(figure.dataset.figure) === now.view.class; // it is above
    }
  });
}
