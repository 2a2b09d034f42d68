/* Outlines of strong evidence: the same rule as model/contours.py, in the same steps.
 *
 * An outline is {box: {left, top, right, bottom}, rings: [x, y][][]} in photo pixels: the line around a region,
 * clockwise, then those around its holes, the other way; each closed from the last point to the first.
 */

import { runsOf, sampled } from "./runs.js";
import { simplified } from "./simplify.js";

export const THRESHOLD = 0.2;
const TOLERANCE = 0.1; // pixels of the raster
const WEST = 3; // sides of a pixel, clockwise from above
const ACROSS = [0, 1, 0, -1];
const DOWN = [-1, 0, 1, 0];
const BORDER = 2; // around the raster: its outer pixels again, at the photo's edge; then nothing
const [IN, SEEN] = [1, 2];

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function maskOf(runs, { width, height }) {
  const stride = width + 2 * BORDER;
  const cells = new Uint8Array(stride * (height + 2 * BORDER));
  for (const { row, start, end } of runs) {
    const at = (row + BORDER) * stride;
    cells.fill(IN, at + (start > 0 ? start + BORDER : 1), at + end + BORDER + (end === width ? 1 : 0));
  }
  const last = (height + BORDER) * stride;
  cells.copyWithin(stride, 2 * stride, 3 * stride);
  cells.copyWithin(last, last - stride, last);
  return { cells, stride, height: height + 2 * BORDER };
}

/** The pixels and sides that a ring goes along, clockwise, from the west side of one of them. */
function trace({ cells, stride }, start) {
  const steps = [-stride, 1, stride, -1];
  const ring = [];
  let [at, side] = [start, WEST];
  do {
    ring.push(at, side);
    if (side === WEST) cells[at] = SEEN;
    const along = (side + 1) % 4;
    const ahead = at + steps[along];
    if (cells[ahead + steps[side]]) {
      at = ahead + steps[side];
      side = (side + 3) % 4;
    } else if (cells[ahead]) {
      at = ahead;
    } else {
      side = along;
    }
  } while (at !== start || side !== WEST);
  return ring;
}

/** Where pixels of an axis lie on the photo, the border's at its edges. */
function placesOf(pixels, length) {
  const centres = Array.from({ length: pixels }, (_, i) => ((i + 0.5) * length) / pixels);
  return [0, 0, ...centres, length, length];
}

/** Finds where, between a pixel that is in and its neighbour that is not, the map has the level. */
function pointer({ size, photo, at: valueAt }, mask, level) {
  const x = placesOf(size.width, photo.width);
  const y = placesOf(size.height, photo.height);
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

function boxAround({ left, top, right, bottom }, size, photo) {
  const [across, down] = [photo.width / size.width, photo.height / size.height];
  return {
    left: Math.floor(left * across),
    top: Math.floor(top * down),
    right: Math.min(Math.ceil(right * across), photo.width),
    bottom: Math.min(Math.ceil(bottom * down), photo.height),
  };
}

/** Regions by number: how many pixels, and their extent on the raster. */
function measured(runs) {
  const regions = new Map();
  for (const { row, start, end, region } of runs) {
    if (!regions.has(region)) regions.set(region, { pixels: 0, left: start, top: row, right: end, bottom: row, rings: [] });
    const one = regions.get(region);
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
 * @param {number} threshold fraction of the map's maximum that regions exceed, 0 up to but not 1
 * @returns {{box: {left: number, top: number, right: number, bottom: number}, rings: [number, number][][]}[]}
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
    regions.get(region).rings.push(simplified(ring, tolerance));
  }
  const ordered = [...regions.values()].sort((one, other) => other.pixels - one.pixels);
  return ordered.map(({ rings, ...extent }) => ({ box: boxAround(extent, map.size, photo), rings }));
}

/** What rings enclose, in square pixels, without their holes. */
export function areaOf(rings) {
  let area = 0;
  for (const ring of rings) {
    let twice = 0;
    ring.forEach(([x, y], at) => {
      const [beforeX, beforeY] = ring.at(at - 1);
      twice += beforeX * y - x * beforeY;
    });
    area += twice / 2;
  }
  return area;
}
