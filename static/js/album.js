/* What the modules of the page of many photos share: the photos that were explained, and how they are arranged. */

import { PLAIN, isSort } from "./arranging.js";

/** @typedef {import("./shot.js").Shot} Shot */
/** @typedef {import("./shot.js").ShotMap} ShotMap */

const KEPT = "camscope-album-1"; // another number where a shot is something else
const changed = new EventTarget();
let frame = 0;

/**
 * `lost` are names of photos that were not explained when the page was left; `opened` is the explanation that was
 * looked at last; `next` is the next photo's place; `maps` are known as far as they were asked for.
 *
 * @type {{shots: Shot[], arrangement: import("./arranging.js").Arrangement, lost: string[], opened: string|null,
 *   next: number, maps: Map<string, ShotMap|null>}}
 */
export const album = { ...empty(), maps: new Map() };

function empty() {
  return { shots: [], arrangement: PLAIN, lost: [], opened: null, next: 0 };
}

/**
 * Change some of it; who watches hears of it once a frame, however much happens in between.
 *
 * @param {Partial<typeof album>} patch
 */
export function change(patch) {
  Object.assign(album, patch);
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => changed.dispatchEvent(new Event("change")));
}

/** Call now and in every frame after a change. @param {(now: typeof album) => void} listener */
export function watch(listener) {
  changed.addEventListener("change", () => listener(album));
  listener(album);
}

/** Begin anew. @returns {() => void} takes it back */
export function startOver() {
  const { shots, arrangement, opened, next } = album;
  change({ ...empty(), next });
  return () => change({ shots, arrangement, opened });
}

/** Write down for this tab's next visit what the server cannot tell: which explanations these are. */
export function keep() {
  const { maps: _, ...rest } = album;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(rest));
  } catch {
    // No room, or not allowed: then a reload begins anew; the history has them all.
  }
}

/**
 * What was written down; nothing where that cannot be read.
 *
 * @returns {Omit<typeof album, "maps">|null}
 */
export function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    return Array.isArray(found?.shots) ? found : null;
  } catch {
    return null;
  }
}

/** Go on where the page was left. */
export function restore() {
  const { arrangement, ...rest } = kept() ?? empty();
  change({ ...rest, arrangement: isSort(arrangement?.sort) ? arrangement : PLAIN });
}
