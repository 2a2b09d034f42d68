/* What all panels share: the place pointed at, in shares of the photo, and the view. */

import { storeOf } from "./store.js";
import { WHOLE } from "./zoom.js";

const shared = storeOf({
  /** @type {{x: number, y: number}|null} */
  place: null,
  view: WHOLE,
});

export const linked = shared.state;
export const change = shared.change;

/** Call now, at every change, and when the panels are drawn anew. */
export const watch = shared.watch;
