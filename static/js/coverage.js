/* How much of a map's evidence an outline encloses: the same rule as model/coverage.py. */

import { cellEdges } from "./evidence.js";

/** Where a line crosses from one cell to another, as parts of its length, both ends among them. */
function cuts(start, end, edges) {
  const found = [0, 1];
  for (const axis of [0, 1]) {
    const [one, other] = [start[axis], end[axis]];
    const [low, high] = [Math.min(one, other), Math.max(one, other)];
    for (const edge of edges[axis]) if (low < edge && edge < high) found.push((edge - one) / (other - one));
  }
  return found.sort((a, b) => a - b);
}

/** The cell of one axis that a place lies in. */
function cellOf(edges, place) {
  let cell = 0;
  while (cell < edges.length - 2 && edges[cell + 1] <= place) cell += 1;
  return cell;
}

/** Of each cell of one axis the nearest that has any length. */
function nearest(edges) {
  const there = edges.slice(1).flatMap((edge, i) => (edge > edges[i] ? [i] : []));
  return edges.slice(1).map((_, i) => Math.min(Math.max(i, there[0]), there.at(-1)));
}

/** The area of each cell that rings enclose, row by row. */
function enclosed(rings, across, down) {
  const columns = across.length - 1;
  const near = new Float64Array(columns * (down.length - 1));
  const beyond = new Float64Array((columns + 1) * (down.length - 1));
  const add = (start, end, from, to) => {
    const [x, y] = [0, 1].map((axis) => start[axis] + (end[axis] - start[axis]) * from);
    const [toX, toY] = [0, 1].map((axis) => start[axis] + (end[axis] - start[axis]) * to);
    const column = cellOf(across, (x + toX) / 2);
    const row = cellOf(down, (y + toY) / 2);
    near[row * columns + column] += (y - toY) * (across[column + 1] - (x + toX) / 2);
    beyond[row * (columns + 1) + column + 1] += y - toY;
  };
  for (const ring of rings) {
    ring.forEach((end, at) => {
      const parts = cuts(ring.at(at - 1), end, [across, down]);
      for (let i = 1; i < parts.length; i += 1) add(ring.at(at - 1), end, parts[i - 1], parts[i]);
    });
  }
  for (let row = 0; row < down.length - 1; row += 1) {
    let whole = 0;
    for (let column = 0; column < columns; column += 1) {
      whole += beyond[row * (columns + 1) + column];
      near[row * columns + column] += whole * (across[column + 1] - across[column]);
    }
  }
  return near;
}

/**
 * The part of each cell's area that rings enclose, row by row, 0 to 1; the outer cells reach to the photo's edges.
 *
 * @param {[number, number][][]} rings on the photo, outer ones clockwise, holes the other way
 */
export function coveredCells(rings, grid, photo) {
  const across = cellEdges(grid.columns, grid.cell_width, grid.left, photo.width);
  const down = cellEdges(grid.rows, grid.cell_height, grid.top, photo.height);
  const inside = enclosed(rings, across, down);
  const [columns, rows] = [nearest(across), nearest(down)];
  return Float64Array.from({ length: grid.rows * grid.columns }, (_, i) => {
    const [row, column] = [rows[Math.floor(i / grid.columns)], columns[i % grid.columns]];
    const area = (across[column + 1] - across[column]) * (down[row + 1] - down[row]);
    return Math.min(Math.max(inside[row * grid.columns + column] / area, 0), 1);
  });
}

/** Which part of what a map adds to its logit lies within rings, 0 to 1; null where it adds nothing. */
export function givenShare(values, rings, grid, photo) {
  const parts = coveredCells(rings, grid, photo);
  let [inside, total] = [0, 0];
  for (let i = 0; i < values.length; i += 1) {
    const given = Math.max(values[i], 0);
    inside += given * parts[i];
    total += given;
  }
  return total > 0 ? Math.min(1, inside / total) : null;
}
