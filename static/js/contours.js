/* Outlines of strong evidence: the same rule as model/contours.py, in the same steps.
 *
 * An outline is, in photo pixels, the line around a region, clockwise, then those around its holes, the other way; each
 * closed from the last point to the first.
 */

import { runsOf, sampled } from "./runs.js";
import { simplified } from "./simplify.js";
import { BORDER, IN, maskOf, trace } from "./trace.js";

/** @typedef {import("./coverage.js").Photo} Photo */
/** @typedef {import("./coverage.js").Region} Box */
/** @typedef {import("./coverage.js").Point} Point */
/** @typedef {Point[]} Ring */
/** @typedef {{box: Box, rings: Ring[]}} Outlined */
/** @typedef {import("./trace.js").Mask} Mask */
/** @typedef {import("./runs.js").Run} Run */

export const THRESHOLD = 0.2;
const TOLERANCE = 0.1; // pixels of the raster
const ACROSS = [0, 1, 0, -1]; // by side of a pixel, clockwise from above
const DOWN = [-1, 0, 1, 0];

/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Where pixels of an axis lie on the photo, the border's at its edges. @type {(pixels: number, length: number) => number[]} */
function placesOf(pixels, length) {
  const centres = Array.from({ length: pixels }, (_, i) => ((i + 0.5) * length) / pixels);
  return [0, 0, ...centres, length, length];
}

/**
 * Finds where, between a pixel that is in and its neighbour that is not, the map has the level.
 * @type {(map: import("./runs.js").Sampled, mask: Mask, level: number) => (at: number, side: number) => Point}
 */
function pointer({ size, photo, at: valueAt }, mask, level) {
  const x = placesOf(size.width, photo.width);
  const y = placesOf(size.height, photo.height);
  /** @type {(column: number, row: number) => number} */
  const value = (column, row) =>
    valueAt(clamp(column - BORDER, 0, size.width - 1), clamp(row - BORDER, 0, size.height - 1));
  return (at, side) => {
    const row = Math.floor(at / mask.stride);
    const column = at % mask.stride;
    const beyond = { row: row + DOWN[side], column: column + ACROSS[side] };
    if (beyond.row % (mask.height - 1) === 0 || beyond.column % (mask.stride - 1) === 0) return [x[column], y[row]];
    const within = value(column, row);
    const without = value(beyond.column, beyond.row);
    const share = within > without ? clamp((within - level) / (within - without), 0, 1) : 0;
    return [x[column] + (x[beyond.column] - x[column]) * share, y[row] + (y[beyond.row] - y[row]) * share];
  };
}

/** @type {(extent: Box, size: Photo, photo: Photo) => Box} */
function boxAround({ left, top, right, bottom }, size, photo) {
  const [across, down] = [photo.width / size.width, photo.height / size.height];
  return {
    left: Math.floor(left * across),
    top: Math.floor(top * down),
    right: Math.min(Math.ceil(right * across), photo.width),
    bottom: Math.min(Math.ceil(bottom * down), photo.height),
  };
}

/** Regions by number: how many pixels, and their extent on the raster. @param {Run[]} runs */
function measured(runs) {
  /** @type {Map<number, Box & {pixels: number, rings: Ring[]}>} */
  const regions = new Map();
  for (const { row, start, end, region } of runs) {
    const one = regions.get(region) ?? { pixels: 0, left: start, top: row, right: end, bottom: row, rings: [] };
    regions.set(region, one);
    one.pixels += end - start;
    one.left = Math.min(one.left, start);
    one.right = Math.max(one.right, end);
    one.bottom = row + 1;
  }
  return regions;
}

/**
 * Every region of strong evidence of a map, the largest first; of equal ones the upper, then the left.
 *
 * @param {ArrayLike<number>} values rows x columns, row by row
 * @param {import("./coverage.js").Grid} grid
 * @param {import("./coverage.js").Photo} photo
 * @param {number} threshold fraction of the map's maximum that regions exceed, 0 up to but not 1
 * @returns {Outlined[]}
 */
export function outlines(values, grid, photo, threshold = THRESHOLD) {
  const map = sampled(values, grid, photo);
  const { level, runs } = runsOf(map, threshold);
  if (runs.length === 0) return [];
  const mask = maskOf(runs, map.size);
  const regions = measured(runs);
  const point = pointer(map, mask, level);
  const tolerance = TOLERANCE * Math.max(photo.width / map.size.width, photo.height / map.size.height);
  for (const { row, start, region } of runs) {
    const first = (row + BORDER) * mask.stride + (start > 0 ? start + BORDER : 1);
    if (mask.cells[first] !== IN) continue;
    const cracks = trace(mask, first);
    const ring = Array.from({ length: cracks.length / 2 }, (_, i) => point(cracks[2 * i], cracks[2 * i + 1]));
    regions.get(region)?.rings.push(simplified(ring, tolerance));
  }
  const ordered = [...regions.values()].sort((one, other) => other.pixels - one.pixels);
  return ordered.map(({ rings, ...extent }) => ({ box: boxAround(extent, map.size, photo), rings }));
}

/** What rings enclose, in square pixels, without their holes. @param {Ring[]} rings */
export function areaOf(rings) {
  let area = 0;
  for (const ring of rings) {
    let twice = 0;
    ring.forEach(([x, y], at) => {
      const [beforeX, beforeY] = ring[(at || ring.length) - 1];
      twice += beforeX * y - x * beforeY;
    });
    area += twice / 2;
  }
  return area;
}
