/* Where the pixels of one side of a picture lie among the cells of a map. */

/** @typedef {{lower: Int32Array, upper: Int32Array, share: Float64Array}} Axis by pixel */
/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * For each of `size` pixels along one axis: the two cells around it and the share of the second.
 *
 * @param {number} size
 * @param {number} photoSize
 * @param {number} count of cells
 * @param {number} origin where the first begins, in photo pixels
 * @param {number} cell its length in photo pixels
 * @returns {Axis}
 */
export function between(size, photoSize, count, origin, cell) {
  const lower = new Int32Array(size);
  const upper = new Int32Array(size);
  const share = new Float64Array(size);
  for (let i = 0; i < size; i += 1) {
    const photo = ((i + 0.5) * photoSize) / size;
    const position = clamp((photo - origin) / cell - 0.5, 0, count - 1);
    lower[i] = Math.min(Math.floor(position), count - 1);
    upper[i] = Math.min(lower[i] + 1, count - 1);
    share[i] = position - lower[i];
  }
  return { lower, upper, share };
}

/** For each of `size` pixels along one axis: the cell that holds it, the outer ones reaching to the edge. @type {typeof between} */
export function nearest(size, photoSize, count, origin, cell) {
  const lower = new Int32Array(size);
  for (let i = 0; i < size; i += 1) {
    const photo = ((i + 0.5) * photoSize) / size;
    lower[i] = clamp(Math.floor((photo - origin) / cell), 0, count - 1);
  }
  return { lower, upper: lower, share: new Float64Array(size) };
}

/** The parts of an axis whose pixels lie after the same cell, the end excluded. @param {Axis} axis */
export function piecesOf({ lower }) {
  /** @type {{cell: number, start: number, end: number}[]} */
  const found = [];
  for (let i = 0; i < lower.length; i += 1) {
    if (i === 0 || lower[i] !== lower[i - 1]) found.push({ cell: lower[i], start: i, end: i });
    found[found.length - 1].end = i + 1;
  }
  return found;
}
