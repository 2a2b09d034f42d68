/* From a map in logits to colours: the same rule as model/rendering.py. */

import { resizeMap } from "./geometry.js";

/** What stands for full colour: the largest magnitude (signed) or the largest value (positive). */
export function limitOf(values, mode) {
  let limit = 0;
  for (const value of values) limit = Math.max(limit, mode === "signed" ? Math.abs(value) : value);
  return limit;
}

/** How opaque a value is, t = value / limit within its range. */
function alphaOf(t, { mode, opacity, threshold }) {
  if (mode === "signed") return Math.abs(t) < threshold ? 0 : opacity * Math.min(1, 2 * Math.abs(t));
  return threshold > 0 && (t < threshold || t <= 0) ? 0 : opacity;
}

/**
 * @param {ArrayLike<number>} values in logits
 * @param {{mode: "signed"|"positive", opacity: number, threshold: number}} style
 * @param {number} limit full colour, in logits; 0 makes everything transparent
 * @param {number[][]} table 256 colours, each red, green, blue in 0..255
 * @returns {Uint8ClampedArray} red, green, blue, alpha per value
 */
export function colours(values, style, limit, table) {
  const pixels = new Uint8ClampedArray(values.length * 4);
  if (!(limit > 0)) return pixels;
  const low = style.mode === "signed" ? -1 : 0;
  const span = 1 - low;
  for (let i = 0, out = 0; i < values.length; i += 1, out += 4) {
    const t = Math.min(Math.max(values[i] / limit, low), 1);
    const colour = table[Math.round(((t - low) / span) * 255)];
    pixels[out] = colour[0];
    pixels[out + 1] = colour[1];
    pixels[out + 2] = colour[2];
    pixels[out + 3] = Math.round(alphaOf(t, style) * 255);
  }
  return pixels;
}

/**
 * Draw a map over a canvas whose size is set already and which shows the whole photo.
 *
 * @returns {number} the limit in logits; 0 where there is nothing to draw
 */
export function drawMap(canvas, map, style, table) {
  const { width, height } = canvas;
  const limit = limitOf(map.values, style.mode);
  const resized = resizeMap(map.values, map.grid, width, height, map.photo, style.cells !== "grid");
  const image = new ImageData(colours(resized, style, limit, table), width, height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return limit;
}
