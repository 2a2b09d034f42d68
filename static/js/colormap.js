/* From a map in logits to colours: the same rule as model/rendering.py. */

import { penOf } from "./element.js";
import { resizeMap } from "./geometry.js";

/** @typedef {"signed"|"positive"} Mode */
/** @typedef {{mode: Mode, opacity: number, threshold: number}} Style */
/** @typedef {Style & {cells: "smooth"|"grid"}} MapStyle */
/** @typedef {Record<string, Record<string, Uint8Array>>} Tables by mode and name; 256 colours, red, green, blue each */
/** @typedef {{values: ArrayLike<number>, grid: import("./coverage.js").Grid, photo: import("./coverage.js").Photo}} PhotoMap */

/**
 * What stands for full colour: the largest magnitude (signed) or the largest value (positive).
 *
 * @param {Iterable<number>} values in logits
 * @param {Mode} mode
 */
export function limitOf(values, mode) {
  let limit = 0;
  for (const value of values) limit = Math.max(limit, mode === "signed" ? Math.abs(value) : value);
  return limit;
}

/**
 * @param {ArrayLike<number>} values in logits
 * @param {Style} style
 * @param {number} limit full colour, in logits; 0 makes everything transparent
 * @param {ArrayLike<number>} table 256 colours, red, green, blue each in 0..255, one after the other
 * @returns {Uint8ClampedArray<ArrayBuffer>} red, green, blue, alpha per value
 */
export function colours(values, { mode, opacity, threshold }, limit, table) {
  const pixels = new Uint8ClampedArray(values.length * 4);
  if (!(limit > 0)) return pixels;
  const isSigned = mode === "signed";
  const low = isSigned ? -1 : 0;
  const step = 255 / (1 - low);
  const full = opacity * 255;
  for (let i = 0, out = 0; i < values.length; i += 1, out += 4) {
    const t = Math.min(Math.max(values[i] / limit, low), 1);
    const strength = Math.abs(t);
    const isHidden = strength < threshold || (strength === 0 && threshold > 0);
    const at = 3 * Math.round((t - low) * step);
    pixels[out] = table[at];
    pixels[out + 1] = table[at + 1];
    pixels[out + 2] = table[at + 2];
    if (!isHidden) pixels[out + 3] = Math.round(isSigned ? full * Math.min(1, 2 * strength) : full);
  }
  return pixels;
}

/**
 * Colour tables from their hexadecimal digits.
 *
 * @param {Record<string, Record<string, string>>} raw by mode and name
 * @returns {Tables}
 */
export function tablesFrom(raw) {
  /** @param {string} hex */
  const table = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  /** @param {Record<string, string>} rows */
  const mode = (rows) => Object.fromEntries(Object.entries(rows).map(([name, hex]) => [name, table(hex)]));
  return Object.fromEntries(Object.entries(raw).map(([name, rows]) => [name, mode(rows)]));
}

/**
 * Draw a map over a canvas whose size is set already and which shows the whole photo.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {PhotoMap & {values: Iterable<number>}} map
 * @param {MapStyle} style
 * @param {ArrayLike<number>} table its colours
 * @param {number} limit the value that gets full colour; default the map's own
 * @returns {number} the limit in logits; 0 where there is nothing to draw
 */
export function drawMap(canvas, map, style, table, limit = limitOf(map.values, style.mode)) {
  const { width, height } = canvas;
  const resized = resizeMap(map.values, map.grid, width, height, map.photo, style.cells !== "grid");
  const image = new ImageData(colours(resized, style, limit, table), width, height);
  penOf(canvas).putImageData(image, 0, 0);
  return limit;
}

/**
 * Draw a legend's colours from its low to its high end, one pixel high, over the width of a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Style} style
 * @param {number} limit in logits
 * @param {ArrayLike<number>} table
 */
export function drawRamp(canvas, style, limit, table) {
  const low = style.mode === "signed" ? -1 : 0;
  const last = canvas.width - 1;
  const values = Float32Array.from({ length: canvas.width }, (_, i) => low + ((1 - low) * i) / last);
  const pixels = colours(values, style, limit > 0 ? 1 : 0, table);
  penOf(canvas).putImageData(new ImageData(pixels, canvas.width, 1), 0, 0);
}
