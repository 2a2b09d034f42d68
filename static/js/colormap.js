/* From a map in logits to colours: the same rule as model/rendering.py. */

import { penOf } from "./element.js";
import { resizeMap } from "./geometry.js";
import { lastOf } from "./lastof.js";

const COLOURS = 256; // of a table
const FINER = 64; // steps of a palette for each of them: so alphas are those of the values themselves
const LAST = FINER * (COLOURS - 1);
const TINY = 1e-6; // of such a step: the limit itself is not rounded down

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
 * What values get, in finer steps than a table has: a colour is looked up for each pixel, not worked out. Many maps in
 * turn have the same: the values from low to high, a pixel's four bytes each.
 * @type {(mode: Mode, opacity: number, threshold: number, table: ArrayLike<number>) => Uint32Array}
 */
const paletteOf = lastOf((mode, opacity, threshold, table) => {
  const isSigned = mode === "signed";
  const [zero, full] = [isSigned ? LAST / 2 : 0, opacity * 255];
  const bytes = new Uint8ClampedArray(4 * (LAST + 1));
  const palette = new Uint32Array(bytes.buffer);
  for (let i = 0; i < COLOURS; i += 1) {
    const start = Math.max(0, (i - 0.5) * FINER);
    bytes.set([table[3 * i], table[3 * i + 1], table[3 * i + 2], Math.round(full)], 4 * start);
    palette.fill(palette[start], start, (i + 0.5) * FINER);
  }
  const reach = Math.ceil(Math.max(isSigned ? 0.5 : 0, threshold) * (LAST - zero)); // further out all have the full opacity
  for (let i = Math.max(0, zero - reach); i <= Math.min(LAST, zero + reach); i += 1) {
    const strength = Math.abs(i - zero) / (LAST - zero);
    const isHidden = strength < threshold;
    bytes[4 * i + 3] = isHidden ? 0 : Math.round(isSigned ? full * Math.min(1, 2 * strength) : full);
  }
  return palette;
});

/**
 * @param {ArrayLike<number>} values in logits
 * @param {Style} style
 * @param {number} limit full colour, in logits; 0 makes everything transparent
 * @param {ArrayLike<number>} table 256 colours, red, green, blue each in 0..255, one after the other
 * @param {Uint8ClampedArray<ArrayBuffer>} pixels to fill
 * @returns {Uint8ClampedArray<ArrayBuffer>} red, green, blue, alpha per value
 */
export function colours(values, style, limit, table, pixels = new Uint8ClampedArray(4 * values.length)) {
  if (!(limit > 0)) return pixels.fill(0);
  const palette = paletteOf(style.mode, style.opacity, style.threshold, table);
  const whole = new Uint32Array(pixels.buffer);
  const count = whole.length;
  const zero = style.mode === "signed" ? LAST / 2 : 0;
  const step = (LAST - zero) / limit;
  for (let i = 0; i < count; i += 1) {
    const at = (values[i] * step + zero + TINY) | 0;
    whole[i] = palette[at > 0 ? (at < LAST ? at : LAST) : 0];
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

/** @typedef {{values: Float32Array, image: ImageData}} Kept */
/** @type {WeakMap<HTMLCanvasElement, Kept>} what a canvas is drawn through, again and again */
const kept = new WeakMap();

/** @param {HTMLCanvasElement} canvas @returns {Kept} */
function keptOf(canvas) {
  const { width, height } = canvas;
  const before = kept.get(canvas);
  if (before?.image.width === width && before.image.height === height) return before;
  const made = { values: new Float32Array(width * height), image: new ImageData(width, height) };
  kept.set(canvas, made);
  return made;
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
  const { values, image } = keptOf(canvas);
  resizeMap(map.values, map.grid, width, height, map.photo, style.cells !== "grid", values);
  colours(values, style, limit, table, image.data);
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
