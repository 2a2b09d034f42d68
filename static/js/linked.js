/* What all panels share: the place pointed at, in shares of the photo, and the view. */

import { storeOf } from "./store.js";
import { WHOLE } from "./zoom.js";

/** @type {{place: {x: number, y: number}|null, view: import("./zoom.js").View}} */
const nowhere = { place: null, view: WHOLE };
const shared = storeOf(nowhere);

export const linked = shared.state;
export const change = shared.change;

/** Call now, at every change, and when the panels are drawn anew. */
export const watch = shared.watch;
