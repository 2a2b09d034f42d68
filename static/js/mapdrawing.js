/* Maps of layers on a canvas, one pixel a cell: from zero up, or both signs around zero where there are any below. */

import { colours, limitOf } from "./colormap.js";
import { penOf } from "./element.js";

/** @typedef {import("./pooling.js").NumberMap} NumberMap */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {NumberMap} map
 * @param {import("./colormap.js").Tables} tables
 * @param {number|null} full the value that gets the strongest colour; null for the map's own largest
 */
export function drawCells(canvas, { values, rows, columns }, tables, full = null) {
  let isSigned = false;
  for (let at = 0; at < values.length && !isSigned; at += 1) isSigned = values[at] < 0;
  const mode = isSigned ? "signed" : "positive";
  const [table] = Object.values(tables[mode]);
  const limit = full ?? limitOf(Array.from(values), mode);
  canvas.width = columns;
  canvas.height = rows;
  const pixels = colours(values, { mode, opacity: 1, threshold: 0 }, limit, table);
  penOf(canvas).putImageData(new ImageData(pixels, columns, rows), 0, 0);
}

/** Values of 0 to 1, from black to white. @param {HTMLCanvasElement} canvas @param {NumberMap} map */
export function drawGrey(canvas, { values, rows, columns }) {
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let at = 0; at < values.length; at += 1) image.data.fill(Math.round(255 * values[at]), 4 * at, 4 * at + 3);
  for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
  penOf(canvas).putImageData(image, 0, 0);
}
