/* Grid cells and photo pixels: the same rules as model/geometry.py. Between the centres of cells a map is bilinear,
 * beyond the outermost centres it is held.
 */

/** @typedef {import("./coverage.js").Grid} Grid */
/** @typedef {import("./coverage.js").Photo} Photo */
/** @typedef {{row: number, column: number}} Cell */
/** @typedef {{x: number, y: number, width: number, height: number}} Area */
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
function nearest(size, photoSize, count, origin, cell) {
  const lower = new Int32Array(size);
  for (let i = 0; i < size; i += 1) {
    const photo = ((i + 0.5) * photoSize) / size;
    lower[i] = clamp(Math.floor((photo - origin) / cell), 0, count - 1);
  }
  return { lower, upper: lower, share: new Float64Array(size) };
}

/**
 * Resize a map to width x height pixels that show the whole photo.
 *
 * @param {ArrayLike<number>} values rows x columns, row by row
 * @param {Grid} grid
 * @param {number} width
 * @param {number} height
 * @param {Photo} photo
 * @param {boolean} smooth bilinear between cell centres; otherwise the nearest cell
 * @returns {Float32Array} height x width
 */
export function resizeMap(values, grid, width, height, photo, smooth = true) {
  const along = smooth ? between : nearest;
  const x = along(width, photo.width, grid.columns, grid.left, grid.cell_width);
  const y = along(height, photo.height, grid.rows, grid.top, grid.cell_height);
  const resized = new Float32Array(width * height);
  const row = new Float64Array(grid.columns);
  for (let j = 0, out = 0; j < height; j += 1) {
    const above = y.lower[j] * grid.columns;
    const below = y.upper[j] * grid.columns;
    for (let c = 0; c < grid.columns; c += 1) {
      row[c] = values[above + c] + (values[below + c] - values[above + c]) * y.share[j];
    }
    for (let i = 0; i < width; i += 1, out += 1) {
      const left = row[x.lower[i]];
      resized[out] = left + (row[x.upper[i]] - left) * x.share[i];
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
