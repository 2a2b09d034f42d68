/* The regions of classes that are looked at together: found once for each class and threshold. */

import { outlines } from "./contours.js";
import { givenShare } from "./coverage.js";

/**
 * @param {{grid: object, image: {width: number, height: number}}} explanation
 * @returns {(one: {index: number, values: ArrayLike<number>}, threshold: number) => {box: object, rings: [number, number][][],
 *   share: number}[]} the regions of a class, the largest first; `share` is that of what speaks for the class
 */
export function finder({ grid, image: photo }) {
  const known = new Map();
  return (one, threshold) => {
    if (known.get(one.index)?.threshold === threshold) return known.get(one.index).regions;
    const regions = outlines(one.values, grid, photo, threshold).map(({ box, rings }) => {
      let share = null; // of many small ones nobody asks for it
      return {
        box,
        rings,
        get share() {
          share ??= givenShare(one.values, rings, grid, photo) ?? 0;
          return share;
        },
      };
    });
    known.set(one.index, { threshold, regions });
    return regions;
  };
}
