/* Where a map exceeds a fraction of its maximum, pixel by pixel: the same rule as model/regions.py.
 *
 * A run is neighbouring pixels of one row of the raster, `end` the first beyond, `region` the number of the first run
 * of its region. Regions touch at an edge or a corner.
 */

import { between, piecesOf } from "./axis.js";

/** @typedef {import("./coverage.js").Grid} Grid */
/** @typedef {import("./coverage.js").Photo} Photo */
/** @typedef {{row: number, start: number, end: number, region: number}} Run */
/**
 * @typedef {object} Sampled a map, ready to be read at any pixel of its raster
 * @property {Photo} size of the raster
 * @property {Photo} photo
 * @property {(column: number, row: number) => number} at
 * @property {[number, number][]} parts the first and the last pixel of each part of a row
 * @property {number} top its maximum
 */

const RESOLUTION = 1024;

/** The raster that regions of a photo are found on. @param {Photo} photo */
export function rasterOf(photo) {
  const shrink = Math.min(1, RESOLUTION / Math.max(photo.width, photo.height));
  return { width: rounded(photo.width * shrink), height: rounded(photo.height * shrink) };
}

/**
 * To the nearest whole number and at least 1; of two equally near ones the even one, as Python does it.
 *
 * @param {number} length
 */
function rounded(length) {
  const low = Math.floor(length);
  const isHalf = length - low === 0.5;
  return Math.max(1, isHalf ? low + (low % 2) : Math.round(length));
}

/** First and last pixel of each part of an axis that lies between the same two cells. @param {import("./axis.js").Axis} axis */
function pieces(axis) {
  return piecesOf(axis).map(({ start, end }) => /** @type {[number, number]} */ ([start, end - 1]));
}

/**
 * @param {ArrayLike<number>} values rows x columns, row by row
 * @param {Grid} grid
 * @param {Photo} photo
 * @returns {Sampled}
 */
export function sampled(values, grid, photo) {
  const size = rasterOf(photo);
  const x = between(size.width, photo.width, grid.columns, grid.left, grid.cell_width);
  const y = between(size.height, photo.height, grid.rows, grid.top, grid.cell_height);
  /** @type {(column: number, row: number) => number} */
  const at = (column, row) => {
    const above = y.lower[row] * grid.columns;
    const below = y.upper[row] * grid.columns;
    const [one, other, down] = [x.lower[column], x.upper[column], y.share[row]];
    const left = values[above + one] + (values[below + one] - values[above + one]) * down;
    const right = values[above + other] + (values[below + other] - values[above + other]) * down;
    return left + (right - left) * x.share[column];
  };
  const parts = pieces(x);
  let top = -Infinity;
  for (const row of pieces(y).flat()) {
    for (const column of parts.flat()) top = Math.max(top, at(column, row));
  }
  return { size, photo, at, parts, top };
}

/**
 * Runs of pixels above a level, from top to bottom and from left to right.
 *
 * @param {Sampled} map
 * @param {number} level
 */
function strongRuns({ size, at, parts }, level) {
  /** @type {Run[]} */
  const runs = [];
  for (let row = 0; row < size.height; row += 1) {
    let start = -1;
    /** @param {number} column */
    const turn = (column) => {
      if (start >= 0) runs.push({ row, start, end: column, region: runs.length });
      start = start < 0 ? column : -1;
    };
    for (const [first, last] of parts) {
      const isStrong = at(first, row) > level;
      if (isStrong !== start >= 0) turn(first);
      if (last === first || at(last, row) > level === isStrong) continue;
      let [low, high] = [first, last]; // within a piece the map goes one way
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (at(middle, row) > level === isStrong) low = middle;
        else high = middle;
      }
      turn(high);
    }
    if (start >= 0) turn(size.width);
  }
  return runs;
}

/** Give each run the region of those it touches in the row above. @param {Run[]} runs */
function join(runs) {
  /** @param {number} number */
  const root = (number) => {
    let at = number;
    while (runs[at].region !== at) at = runs[at].region = runs[runs[at].region].region;
    return at;
  };
  let above = 0;
  runs.forEach((run, number) => {
    while (runs[above].row < run.row - 1 || (runs[above].row < run.row && runs[above].end < run.start)) above += 1;
    for (let other = above; runs[other].row < run.row && runs[other].start <= run.end; other += 1) {
      const [one, two] = [root(number), root(other)];
      runs[Math.max(one, two)].region = Math.min(one, two);
    }
  });
  runs.forEach((run, number) => {
    run.region = root(number);
  });
  return runs;
}

/**
 * The runs of a sampled map that exceed a fraction of its maximum.
 *
 * @param {Sampled} map
 * @param {number} threshold
 * @returns {{level: number, runs: Run[]}} level in logits
 */
export function runsOf(map, threshold) {
  const level = threshold * map.top;
  return { level, runs: map.top > 0 ? join(strongRuns(map, level)) : [] };
}
