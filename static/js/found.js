/* The regions of classes that are looked at together: found once for each class and threshold. */

import { outlines } from "./contours.js";
import { partsOf } from "./coverage.js";
import { sharesOf } from "./evidence.js";

/**
 * Which part of what a map adds to its logit lies within an outline, 0 to 1: the same rule as model/enclosed.py.
 *
 * @param {ArrayLike<number>} values rows x columns, row by row
 * @param {import("./contours.js").Ring[]} rings the line around it, then those around its holes
 * @param {import("./coverage.js").Grid} grid
 * @param {import("./coverage.js").Photo} photo
 */
export function givenShare(values, rings, grid, photo) {
  const [parts, ...holes] = rings.map((points) => partsOf({ points }, grid, photo));
  for (const hole of holes) hole.forEach((part, cell) => (parts[cell] = Math.max(0, parts[cell] - part)));
  return sharesOf(values, parts).given;
}

/**
 * @typedef {import("./contours.js").Outlined & {share: number}} Found share of what speaks for the class
 * @typedef {(one: {index: number, values: ArrayLike<number>}, grid: import("./coverage.js").Grid,
 *   photo: import("./coverage.js").Photo, threshold: number) => Found[]} Finder
 */

/**
 * @returns {Finder} finds the regions of a class, the largest first
 */
export function finder() {
  /** @type {Map<number, {threshold: number, values: ArrayLike<number>, regions: Found[]}>} by class */
  const known = new Map();
  return ({ index, values }, grid, photo, threshold) => {
    const before = known.get(index);
    if (before?.threshold === threshold && before.values === values) return before.regions;
    const regions = outlines(values, grid, photo, threshold).map(({ box, rings }) => {
      /** @type {number|null} */
      let share = null; // of many small ones nobody asks for it
      return {
        box,
        rings,
        get share() {
          share ??= givenShare(values, rings, grid, photo) ?? 0;
          return share;
        },
      };
    });
    known.set(index, { threshold, values, regions });
    return regions;
  };
}
