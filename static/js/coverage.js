/* Which cells a place on the photo covers, and how much of each: the same rules as model/coverage.py. */

/** @typedef {{left: number, top: number, right: number, bottom: number}} Region in photo pixels */
/** @typedef {[number, number]} Point across, down */
/** @typedef {{points: Point[]}} Outline in photo pixels; it closes by itself */
/** @typedef {{parts: ArrayLike<number>}} Cells rows x columns, row by row, 0 to 1 */
/** @typedef {{rows: number, columns: number, cell_width: number, cell_height: number, left: number, top: number}} Grid */
/** @typedef {{width: number, height: number}} Photo in pixels */
/** @typedef {Region | Outline | Cells} Place */
/** @typedef {number[]} Edges of the cells of one axis, in photo pixels, 0 first */

/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * Where the cells of one axis begin and end: cut to the photo, whose ends the outer ones reach.
 * @type {(count: number, pitch: number, start: number, length: number) => number[]}
 */
function cellEdges(count, pitch, start, length) {
  const edges = Array.from({ length: count + 1 }, (_, i) => clamp(start + pitch * i, 0, length));
  edges[0] = 0;
  edges[count] = length;
  return edges;
}

/** The part of each cell between edges that lies between two places. @type {(edges: Edges, low: number, high: number) => number[]} */
function covered(edges, low, high) {
  return edges.slice(1).map((to, i) => {
    const from = edges[i];
    if (to <= from) return low <= from && from <= high ? 1 : 0; // wholly beside the photo: all or nothing
    return Math.max(0, Math.min(to, high) - Math.max(from, low)) / (to - from);
  });
}

/** The cell between edges that a place lies in; of empty ones the last. @type {(edges: Edges, place: number) => number} */
function cellOf(edges, place) {
  let cell = 0;
  while (cell < edges.length - 2 && edges[cell + 1] <= place) cell += 1;
  return cell;
}

/** How often an outline goes around a point; 0 outside. @type {(points: Point[], x: number, y: number) => number} */
function winding(points, x, y) {
  let found = 0;
  points.forEach(([fromX, fromY], i) => {
    const [toX, toY] = points[(i + 1) % points.length];
    if (fromY <= y === toY <= y) return;
    const crossing = fromX + ((y - fromY) / (toY - fromY)) * (toX - fromX);
    if (crossing <= x) found += fromY <= y ? 1 : -1;
  });
  return found;
}

/**
 * A line's way from 0 to 1, in the order of where it crosses edges.
 * @type {(start: Point, end: Point, across: Edges, down: Edges) => number[]}
 */
function cuts([fromX, fromY], [toX, toY], across, down) {
  const found = [0, 1];
  for (const { from, to, edges } of [{ from: fromX, to: toX, edges: across }, { from: fromY, to: toY, edges: down }]) {
    for (const edge of edges) {
      if (Math.min(from, to) < edge && edge < Math.max(from, to)) found.push((edge - from) / (to - from));
    }
  }
  return found.sort((one, other) => one - other);
}

/**
 * What an outline encloses of each cell: each of its pieces in a cell adds the area between it and the cell's right
 * side, with the sign of its direction, and to all cells further right the whole of its height.
 * @type {(points: Point[], across: Edges, down: Edges) => Float64Array}
 */
function partsWithin(points, across, down) {
  const [columns, rows] = [across.length - 1, down.length - 1];
  const [own, height] = [new Float64Array(rows * columns), new Float64Array(rows * columns)];
  points.forEach((from, i) => {
    const to = points[(i + 1) % points.length];
    const along = cuts(from, to, across, down);
    const [stepX, stepY] = [to[0] - from[0], to[1] - from[1]];
    for (let piece = 1; piece < along.length; piece += 1) {
      const middle = (along[piece - 1] + along[piece]) / 2;
      const [x, y] = [from[0] + middle * stepX, from[1] + middle * stepY];
      if (along[piece] === along[piece - 1] || y <= down[0] || y >= down[rows] || x >= across[columns]) continue;
      const [column, fall] = [cellOf(across, x), (along[piece] - along[piece - 1]) * stepY];
      const cell = cellOf(down, y) * columns + column;
      own[cell] += fall * (across[column + 1] - Math.max(x, across[0]));
      height[cell] += fall;
    }
  });
  let left = 0;
  return own.map((area, cell) => {
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const [width, tall] = [across[column + 1] - across[column], down[row + 1] - down[row]];
    if (column === 0) left = 0;
    const all = Math.abs(area + width * left);
    left += height[cell];
    if (width * tall > 0) return Math.min(1, all / (width * tall));
    return winding(points, (across[column] + across[column + 1]) / 2, (down[row] + down[row + 1]) / 2) === 0 ? 0 : 1;
  });
}

/**
 * The part of each cell that a place covers, by area.
 * @param {Place} place
 * @param {Grid} grid
 * @param {Photo} photo
 * @returns {Float64Array} rows x columns, row by row, 0 to 1
 */
export function partsOf(place, grid, photo) {
  if ("parts" in place) return Float64Array.from(place.parts);
  const across = cellEdges(grid.columns, grid.cell_width, grid.left, photo.width);
  const down = cellEdges(grid.rows, grid.cell_height, grid.top, photo.height);
  if ("points" in place) return partsWithin(place.points, across, down);
  const [wide, tall] = [covered(across, place.left, place.right), covered(down, place.top, place.bottom)];
  return Float64Array.from(tall.flatMap((high) => wide.map((part) => high * part)));
}

/**
 * The share of the photo that parts of cells make up, 0 to 1.
 * @param {ArrayLike<number>} parts rows x columns, row by row
 * @param {Grid} grid
 * @param {Photo} photo
 */
export function areaOf(parts, grid, photo) {
  const across = cellEdges(grid.columns, grid.cell_width, grid.left, photo.width);
  const down = cellEdges(grid.rows, grid.cell_height, grid.top, photo.height);
  let area = 0;
  for (let i = 0; i < parts.length; i += 1) {
    const [row, column] = [Math.floor(i / grid.columns), i % grid.columns];
    area += parts[i] * (across[column + 1] - across[column]) * (down[row + 1] - down[row]);
  }
  return Math.min(1, area / (photo.width * photo.height));
}

/**
 * The strongest of the cells that add to a class; of equals the first, and one at least.
 * @param {ArrayLike<number>} values its map
 * @param {number} fraction of the positive cells
 * @returns {Cells|null} null where no cell is positive
 */
export function strongestCells(values, fraction) {
  const order = Array.from(values, (_, i) => i).sort((one, other) => values[other] - values[one] || one - other);
  const positive = order.filter((cell) => values[cell] > 0).length;
  if (positive === 0) return null;
  const parts = new Float64Array(values.length);
  for (const cell of order.slice(0, Math.max(1, Math.floor(fraction * positive + 0.5)))) parts[cell] = 1;
  return { parts };
}
