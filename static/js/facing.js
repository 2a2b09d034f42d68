/* What the modules of a comparison share: the maps, the place pointed at, and the region drawn. */

import { storeOf } from "./store.js";

const shared = storeOf({ comparison: null, photo: null, maps: {}, place: null, region: null });

export const facing = shared.state;

/** Point at a place of the photo {x, y}, or at none; draw a region {left, top, right, bottom}, or none. */
export const change = shared.change;

/** Call now and at every change. */
export const watch = shared.watch;

/** Start with what was loaded: {before, after, difference} as far as there are maps. */
export function open(comparison) {
  const { before, after, difference, image } = comparison;
  const map = ({ cam }, grid) => cam && { values: Float32Array.from(cam.flat()), grid };
  facing.comparison = comparison;
  facing.photo = image;
  facing.maps = {
    before: map(before.chosen, before.grid),
    after: map(after.chosen, after.grid),
    difference: difference && map(difference, difference.grid),
  };
}
