/* Grid cells and photo pixels: the same rules as model/geometry.py. Between the centres of cells a map is bilinear,
 * beyond the outermost centres it is held.
 */

import { between, nearest, piecesOf } from "./axis.js";

/** @typedef {import("./coverage.js").Grid} Grid */
/** @typedef {import("./coverage.js").Photo} Photo */
/** @typedef {{row: number, column: number}} Cell */
/** @typedef {{x: number, y: number, width: number, height: number}} Area */
/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * Resize a map to width x height pixels that show the whole photo.
 *
 * @param {ArrayLike<number>} values rows x columns, row by row
 * @param {Grid} grid
 * @param {number} width
 * @param {number} height
 * @param {Photo} photo
 * @param {boolean} smooth bilinear between cell centres; otherwise the nearest cell
 * @param {Float32Array} resized to fill
 * @returns {Float32Array} height x width
 */
export function resizeMap(values, grid, width, height, photo, smooth = true, resized = new Float32Array(width * height)) {
  const along = smooth ? between : nearest;
  const x = along(width, photo.width, grid.columns, grid.left, grid.cell_width);
  const y = along(height, photo.height, grid.rows, grid.top, grid.cell_height);
  const { columns } = grid;
  const pieces = piecesOf(x);
  const row = new Float64Array(columns + 1); // the last cell twice: beyond its centre it is held
  let out = 0;
  for (let j = 0; j < height; j += 1) {
    const above = y.lower[j] * columns;
    const below = y.upper[j] * columns;
    for (let c = 0; c < columns; c += 1) {
      row[c] = values[above + c] + (values[below + c] - values[above + c]) * y.share[j];
    }
    row[columns] = row[columns - 1];
    for (const { cell, start, end } of pieces) {
      const left = row[cell];
      const rise = row[cell + 1] - left;
      for (let i = start; i < end; i += 1, out += 1) resized[out] = left + rise * x.share[i];
    }
  }
  return resized;
}

/**
 * The cell that holds a point of the photo.
 *
 * @param {Grid} grid
 * @param {number} x
 * @param {number} y
 * @returns {Cell}
 */
export function cellAt(grid, x, y) {
  return {
    row: clamp(Math.floor((y - grid.top) / grid.cell_height), 0, grid.rows - 1),
    column: clamp(Math.floor((x - grid.left) / grid.cell_width), 0, grid.columns - 1),
  };
}

/**
 * A cell in photo pixels, cut to the photo.
 *
 * @param {Grid} grid
 * @param {Cell} cell
 * @param {Photo} photo
 * @returns {Area}
 */
export function cellArea(grid, { row, column }, photo) {
  const left = clamp(grid.left + column * grid.cell_width, 0, photo.width);
  const top = clamp(grid.top + row * grid.cell_height, 0, photo.height);
  const right = clamp(grid.left + (column + 1) * grid.cell_width, 0, photo.width);
  const bottom = clamp(grid.top + (row + 1) * grid.cell_height, 0, photo.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * The strongest cell's centre, cut to the photo, and its value.
 *
 * @param {ArrayLike<number>} values rows x columns, row by row
 * @param {Grid} grid
 * @param {Photo} photo
 */
export function peak(values, grid, photo) {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) if (values[i] > values[best]) best = i;
  const column = best % grid.columns;
  const row = Math.floor(best / grid.columns);
  return {
    x: clamp(grid.left + (column + 0.5) * grid.cell_width, 0, photo.width),
    y: clamp(grid.top + (row + 0.5) * grid.cell_height, 0, photo.height),
    value: values[best],
  };
}

/**
 * Largest width and height with the photo's proportions and no side above `longest`.
 *
 * @param {Photo} photo
 * @param {number} longest
 */
export function fit(photo, longest) {
  const scale = longest / Math.max(photo.width, photo.height);
  return {
    width: Math.max(1, Math.round(photo.width * scale)),
    height: Math.max(1, Math.round(photo.height * scale)),
  };
}
