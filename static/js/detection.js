/* Detection by hand: a filter slid over a map, and what is below zero set to zero. The same as model/detection.py. */

/** @typedef {import("./pooling.js").NumberMap} NumberMap */

export const SIDE = 3;

/** Named for what they find. @type {Record<string, number[]>} */
const FILTERS = {
  "left-right": [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  "right-left": [1, 0, -1, 2, 0, -2, 1, 0, -1],
  "top-bottom": [-1, -2, -1, 0, 0, 0, 1, 2, 1],
  "bottom-top": [1, 2, 1, 0, 0, 0, -1, -2, -1],
  spot: [-1, -1, -1, -1, 8, -1, -1, -1, -1],
};

/** @param {string} name @returns {NumberMap & {values: number[]}} */
export const kernelOf = (name) => ({ values: FILTERS[name], rows: SIDE, columns: SIDE });

/**
 * Slide a filter over a map; null where it does not fit.
 *
 * @param {NumberMap} map
 * @param {NumberMap} kernel
 * @returns {(NumberMap & {values: Float64Array})|null}
 */
export function correlate(map, kernel) {
  const rows = map.rows - kernel.rows + 1;
  const columns = map.columns - kernel.columns + 1;
  if (rows < 1 || columns < 1) return null;
  const values = new Float64Array(rows * columns);
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, at += 1) {
      let sum = 0;
      for (let y = 0, k = 0; y < kernel.rows; y += 1) {
        const start = (row + y) * map.columns + column;
        for (let x = 0; x < kernel.columns; x += 1, k += 1) sum += kernel.values[k] * map.values[start + x];
      }
      values[at] = sum;
    }
  }
  return { values, rows, columns };
}

/**
 * @param {NumberMap} map
 * @returns {NumberMap & {values: Float64Array}}
 */
export function rectify({ values, rows, columns }) {
  return { values: Float64Array.from(values, (value) => Math.max(0, value)), rows, columns };
}
