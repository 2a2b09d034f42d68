/* From place to place on a map, cell by cell, and what is there. Places and areas are in photo pixels. */

import { cellArea, cellAt, peak } from "./geometry.js";

/** @typedef {import("./coverage.js").Grid} Grid */
/** @typedef {import("./coverage.js").Photo} Photo */
/** @typedef {{x: number, y: number}} Place */
/** @typedef {{values: ArrayLike<number>, grid: Grid}} CellMap in logits, row by row */

/** @type {Record<string, [number, number]>} rows down, columns across */
export const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @param {KeyboardEvent} event */
export const isStep = (event) => event.key in STEPS;

/**
 * Where an arrow key leads: the strongest cell at first, then from cell to cell; its centre on the photo.
 *
 * @param {CellMap} map
 * @param {Photo} photo
 * @param {Place|null} place
 * @param {string} key
 * @returns {Place}
 */
export function stepped({ values, grid }, photo, place, key) {
  if (place === null) return peak(values, grid, photo);
  const { row, column } = cellAt(grid, place.x, place.y);
  const [down, across] = STEPS[key];
  const next = {
    row: Math.min(Math.max(row + down, 0), grid.rows - 1),
    column: Math.min(Math.max(column + across, 0), grid.columns - 1),
  };
  const { x, y, width, height } = cellArea(grid, next, photo);
  return { x: x + width / 2, y: y + height / 2 };
}

/**
 * The value in logits of the cell at a place.
 *
 * @param {CellMap} map
 * @param {Place} place
 */
export function valueAt({ values, grid }, { x, y }) {
  const { row, column } = cellAt(grid, x, y);
  return values[row * grid.columns + column];
}

/**
 * Mark the cell at a place on the photo, or none where the place is null.
 *
 * @param {Element} root
 * @param {CellMap} map
 * @param {Photo} photo
 * @param {Place|null} place
 */
export function markCell(root, { grid }, photo, place) {
  const area = place && cellArea(grid, cellAt(grid, place.x, place.y), photo);
  for (const mark of root.querySelectorAll("[data-mark-cell]")) {
    mark.toggleAttribute("hidden", area === null);
    for (const [name, value] of Object.entries(area ?? {})) mark.setAttribute(name, `${value}`);
  }
}
