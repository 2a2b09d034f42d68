/* Parts of the photo that somebody drew: how they are kept in the view and in the address. */

import { cellArea } from "./geometry.js";
import { declare, scene } from "./scene.js";
import { partsOf } from "./coverage.js";

/**
 * @typedef {{kind: "box", left: number, top: number, right: number, bottom: number}} Box in photo pixels
 * @typedef {{kind: "lasso", points: Point[]}} Lasso a closed outline in photo pixels
 * @typedef {{kind: "cells", cells: number[], grid?: import("./coverage.js").Grid}} Cells row by row; default of the explanation's own grid
 * @typedef {Box | Lasso | Cells} Area
 * @typedef {import("./coverage.js").Point} Point
 * @typedef {import("./cells.js").Place} Place
 */

const MOST_POINTS = 400;
/** @type {("left"|"top"|"right"|"bottom")[]} */
const EDGES = ["left", "top", "right", "bottom"];
const NUMBER = /^\d{1,5}(\.\d{1,2})?$/;

/** @type {(words: string[]) => number[]} */
const numbersOf = (words) => (words.every((word) => NUMBER.test(word)) ? words.map(Number) : []);

/** @type {(numbers: number[]) => Point[]} */
function inPairs(numbers) {
  return Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]);
}

/**
 * @param {string} words as `write` makes them
 * @param {import("./view.js").Known} known
 * @returns {Area | undefined} where they make sense on this photo
 */
export function read(words, { explanation }) {
  const { image: photo, grid } = explanation;
  const numbers = numbersOf(words.slice(1).split("_"));
  switch (words[0]) {
    case "b": {
      if (numbers.length !== 4) return undefined;
      const [left, top, right, bottom] = numbers;
      const isThere = left < right && top < bottom && right <= photo.width && bottom <= photo.height;
      return isThere ? { kind: "box", left, top, right, bottom } : undefined;
    }
    case "l": {
      if (numbers.length < 6 || numbers.length % 2 || numbers.length > 2 * MOST_POINTS) return undefined;
      const points = inPairs(numbers);
      return points.every(([x, y]) => x <= photo.width && y <= photo.height) ? { kind: "lasso", points } : undefined;
    }
    case "c": {
      const cells = [...new Set(numbers)].filter((cell) => Number.isInteger(cell) && cell < grid.rows * grid.columns);
      return cells.length > 0 ? { kind: "cells", cells } : undefined;
    }
    default:
      return undefined;
  }
}

/** @param {Area} area */
export function write(area) {
  if (area.kind === "box") return `b${EDGES.map((edge) => area[edge]).join("_")}`;
  return area.kind === "lasso" ? `l${area.points.flat().join("_")}` : `c${area.cells.join("_")}`;
}

/**
 * A box between two points, in whole pixels where there are enough of them; null where it has no area.
 *
 * @param {Place} one
 * @param {Place} other
 * @param {import("./coverage.js").Photo} photo
 * @returns {Box | null}
 */
export function boxBetween(one, other, photo) {
  const unit = Math.min(photo.width, photo.height) >= 64 ? 1 : 100;
  /** @param {number} value */
  const round = (value) => Math.round(value * unit) / unit;
  const box = {
    left: round(Math.min(one.x, other.x)),
    top: round(Math.min(one.y, other.y)),
    right: round(Math.max(one.x, other.x)),
    bottom: round(Math.max(one.y, other.y)),
  };
  return box.left < box.right && box.top < box.bottom ? { kind: "box", ...box } : null;
}

/** A lasso through places, fewer where there are too many; null where it encloses nothing. @type {(places: Place[]) => Lasso | null} */
export function lassoThrough(places) {
  const step = Math.ceil(places.length / MOST_POINTS);
  const some = places.filter((_, i) => i % step === 0);
  /** @type {Point[]} */
  const kept = some.map(({ x, y }) => [Math.round(10 * x) / 10, Math.round(10 * y) / 10]);
  let doubled = 0;
  for (const [i, [x, y]] of kept.entries()) {
    const [nextX, nextY] = kept[(i + 1) % kept.length];
    doubled += x * nextY - nextX * y;
  }
  return kept.length >= 3 && Math.abs(doubled) > 1 ? { kind: "lasso", points: kept } : null;
}

/** A cell of the explanation's own grid as a region; the outer ones reach to the photo's edges, as in coverage.js. @param {number} at */
function regionOf(at) {
  const { grid, image: photo } = scene.explanation;
  const [row, column] = [Math.floor(at / grid.columns), at % grid.columns];
  const { x, y, width, height } = cellArea(grid, { row, column }, photo);
  return {
    left: column === 0 ? 0 : x,
    top: row === 0 ? 0 : y,
    right: column === grid.columns - 1 ? photo.width : x + width,
    bottom: row === grid.rows - 1 ? photo.height : y + height,
  };
}

/**
 * An area as a place whose part of cells can be told, of those in view or of others.
 *
 * @param {Area} area
 * @param {import("./coverage.js").Grid} grid
 * @returns {import("./coverage.js").Place}
 */
export function placeOf(area, grid = scene.grid) {
  if (area.kind !== "cells") return area;
  const { explanation } = scene;
  const parts = new Float64Array(grid.rows * grid.columns);
  for (const at of area.cells) {
    partsOf(regionOf(at), grid, explanation.image).forEach((some, i) => {
      parts[i] = Math.min(1, parts[i] + some);
    });
  }
  return { parts };
}

/** An area as the API takes it, which is asked at the scale in view (scaleAsked). @param {Area} area */
export function askedOf(area) {
  if (area.kind === "box") return { region: EDGES.map((edge) => area[edge]) };
  if (area.kind === "lasso") return { polygon: area.points };
  const { grid } = scene.view.scale === "fused" ? scene.explanation : scene;
  const { parts } = /** @type {{parts: Float64Array}} */ (placeOf(area, grid));
  const rounded = Array.from(parts, (part) => Math.round(1e4 * part) / 1e4);
  return { cells: Array.from({ length: grid.rows }, (_, i) => rounded.slice(i * grid.columns, (i + 1) * grid.columns)) };
}

declare("region", null, { read, write });
declare("other", null, { read, write });
