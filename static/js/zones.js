/* Where in the photo most of what adds to a class lies, in ninths of the photo: the same rule as model/zones.py. */

import { shares } from "./evidence.js";

const SIDE = 3;
const ALIKE = 1e-9; // shares that differ by less are the same

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
 * @returns {{zone: number, share: number} | null} 0 to 8, row by row, the first of equal ones; its share, 0 to 1; null
 *   where nothing adds to the class, or the same everywhere
 */
export function strongestZone(values, grid, photo) {
  const given = zonesOf(photo).map((region) => shares(values, grid, photo, region).given ?? 0);
  const [least, most] = [Math.min(...given), Math.max(...given)];
  if (most - least < ALIKE) return null; // all of them 0 where nothing adds to the class
  const zone = given.findIndex((share) => share > most - ALIKE);
  return { zone, share: given[zone] };
}
