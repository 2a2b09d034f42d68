/* What the modules of a comparison share: the maps, the place pointed at, and the region drawn. */

import { storeOf } from "./store.js";

/** @typedef {import("./cells.js").CellMap & {values: Float32Array}} FacingMap */
/** @typedef {"before"|"after"|"difference"} Name */

/**
 * @typedef {object} Facing
 * @property {import("./contract.js").Comparison} comparison
 * @property {import("./coverage.js").Photo} photo
 * @property {Partial<Record<Name, FacingMap|null>>} maps as far as there are any
 * @property {import("./cells.js").Place|null} place pointed at, in photo pixels
 * @property {import("./coverage.js").Region|null} region drawn
 */

/** What is missing is there once `open` was called. @type {Facing} */
const nothing = /** @type {any} */ ({ maps: {}, place: null, region: null });
const shared = storeOf(nothing);

export const facing = shared.state;

/** Point at a place of the photo {x, y}, or at none; draw a region {left, top, right, bottom}, or none. */
export const change = shared.change;

/** Call now and at every change. */
export const watch = shared.watch;

/** Start with what was loaded. @param {import("./contract.js").Comparison} comparison */
export function open(comparison) {
  const { before, after, difference, image } = comparison;
  /** @type {(of: {cam: number[][]|null}, grid: import("./coverage.js").Grid|null) => FacingMap|null} */
  const map = ({ cam }, grid) => cam && grid && { values: Float32Array.from(cam.flat()), grid };
  facing.comparison = comparison;
  facing.photo = image;
  facing.maps = {
    before: map(before.chosen, before.grid),
    after: map(after.chosen, after.grid),
    difference: difference && map(difference, difference.grid),
  };
}
