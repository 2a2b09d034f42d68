/* What cells give to a class and take from it, in a part of the photo: the same rules as model/evidence.py. */

import { partsOf } from "./coverage.js";

/**
 * What parts of the cells add to the logit and take from it.
 * @param {ArrayLike<number>} values rows x columns, row by row, in logits
 * @param {ArrayLike<number>} parts of each cell, 0 to 1
 * @returns {{given: number, taken: number}} in logits, both 0 or more
 */
export function contribution(values, parts) {
  let [given, taken] = [0, 0];
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] > 0) given += values[i] * parts[i];
    else taken -= values[i] * parts[i];
  }
  return { given: given / values.length, taken: taken / values.length };
}

/**
 * Which part of all that is given, and of all that is taken, lies in parts of the cells.
 * @param {ArrayLike<number>} values rows x columns, row by row
 * @param {ArrayLike<number>} parts of each cell, 0 to 1
 * @returns {{given: number|null, taken: number|null}} 0 to 1, null where there is nothing to share
 */
export function sharesOf(values, parts) {
  const [inside, whole] = [contribution(values, parts), contribution(values, new Float64Array(values.length).fill(1))];
  /** @type {(part: number, total: number) => number|null} */
  const share = (part, total) => (total === 0 ? null : Math.min(1, part / total));
  return { given: share(inside.given, whole.given), taken: share(inside.taken, whole.taken) };
}

/**
 * The same for a place on the photo.
 * @param {ArrayLike<number>} values rows x columns, row by row
 * @param {import("./coverage.js").Grid} grid
 * @param {import("./coverage.js").Photo} photo
 * @param {import("./coverage.js").Place} place
 * @returns {{given: number|null, taken: number|null}} 0 to 1, null where there is nothing to share
 */
export function shares(values, grid, photo, place) {
  return sharesOf(values, partsOf(place, grid, photo));
}

/**
 * What logits would be without parts of the cells, of heads that are linear in the features: the same number of
 * cells, with nothing from those parts.
 * @param {ArrayLike<number>} logits K
 * @param {ArrayLike<number>} maps K x rows x columns, in logits
 * @param {ArrayLike<number>} parts rows x columns, 0 to 1
 * @returns {Float64Array} K
 */
export function logitsWithout(logits, maps, parts) {
  return Float64Array.from(logits, (logit, k) => {
    let brought = 0;
    for (let i = 0; i < parts.length; i += 1) brought += maps[k * parts.length + i] * parts[i];
    return logit - brought / parts.length;
  });
}

/**
 * A region cut to the photo; null where it is none, or lies beside it.
 *
 * @param {import("./coverage.js").Photo} photo
 * @param {import("./coverage.js").Region} region
 */
export function cutTo(photo, { left, top, right, bottom }) {
  const cut = {
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    right: Math.min(right, photo.width),
    bottom: Math.min(bottom, photo.height),
  };
  const isFinite = Object.values(cut).every(Number.isFinite);
  return isFinite && left < right && top < bottom && cut.left < cut.right && cut.top < cut.bottom ? cut : null;
}
