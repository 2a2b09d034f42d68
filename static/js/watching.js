/* Listeners that are called only when what they show is another: a slider's step leaves the rest of the page alone. */

import { watch } from "./scene.js";

/** @typedef {import("./view.js").Scene} Scene */

/**
 * Call now, and whenever one of the values that it reads is another one.
 *
 * @param {(now: Scene) => unknown[]} read
 * @param {(now: Scene) => void} listener
 */
export function watchOf(read, listener) {
  /** @type {unknown[]|null} */
  let before = null;
  watch((now) => {
    const values = read(now);
    const isSame = before !== null && values.every((value, i) => value === before?.[i]);
    before = values;
    if (!isSame) listener(now);
  });
}
