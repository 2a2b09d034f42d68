/* Where in the photo most of what adds to a class lies, in ninths of the photo: the same rule as model/zones.py. */

import { shares } from "./evidence.js";

const SIDE = 3;

/** The nine parts of a photo, as regions in its pixels, row by row. @param {import("./coverage.js").Photo} photo */
export function zonesOf({ width, height }) {
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    return {
      left: (width * column) / SIDE,
      top: (height * row) / SIDE,
      right: (width * (column + 1)) / SIDE,
      bottom: (height * (row + 1)) / SIDE,
    };
  });
}

/**
 * The part of the photo with most of what adds to the class.
 *
 * @param {ArrayLike<number>} values rows x columns, row by row
 * @param {import("./coverage.js").Grid} grid
 * @param {import("./coverage.js").Photo} photo
 * @returns {{zone: number, share: number} | null} 0 to 8, row by row; its share, 0 to 1; null where nothing adds to it
 */
export function strongestZone(values, grid, photo) {
  /** @type {{zone: number, share: number} | null} */
  let strongest = null;
  for (const [zone, region] of zonesOf(photo).entries()) {
    const { given } = shares(values, grid, photo, region);
    if (given === null) return null;
    if (strongest === null || given > strongest.share) strongest = { zone, share: given };
  }
  return strongest;
}
