/* Zoom and pan, in numbers alone.
 *
 * A view is {scale, x, y}: how many times enlarged, and which place of the photo is in the middle of its frame, in
 * shares of the photo's width and height. So one view means the same place on equal photos, and the same relative
 * place on others.
 */

/** @typedef {{scale: number, x: number, y: number}} View */
/** @typedef {{left: number, top: number, width: number, height: number}} Frame */

export const MOST = 8;
export const STEP = 1.5;
/** @type {View} */
export const WHOLE = Object.freeze({ scale: 1, x: 0.5, y: 0.5 });
const DIGITS = 4;
const MARGIN = 0.1; // of what is in view: a place followed is kept this far from its edge

/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * The nearest view that shows nothing beside the photo.
 *
 * @param {View} view
 * @returns {View}
 */
export function kept({ scale, x, y }) {
  const times = clamp(scale, 1, MOST);
  const half = 0.5 / times;
  return { scale: times, x: clamp(x, half, 1 - half), y: clamp(y, half, 1 - half) };
}

/**
 * Enlarge so many times more; the place `at` stays where it is on the screen, as far as it can.
 *
 * @param {View} view
 * @param {number} factor
 * @param {{x: number, y: number}} at in shares of the photo
 */
export function zoomed(view, factor, at = view) {
  const scale = clamp(view.scale * factor, 1, MOST);
  const share = view.scale / scale;
  return kept({ scale, x: at.x - (at.x - view.x) * share, y: at.y - (at.y - view.y) * share });
}

/**
 * Move the picture by shares of what is in view.
 *
 * @param {View} view
 * @param {number} across positive: to what lies further right
 * @param {number} down
 */
export function panned({ scale, x, y }, across, down) {
  return kept({ scale, x: x + across / scale, y: y + down / scale });
}

/**
 * The view moved just so far that a place is in it.
 *
 * @param {View} view
 * @param {{x: number, y: number}} place in shares of the photo
 */
export function following(view, place) {
  const reach = (0.5 - MARGIN) / view.scale;
  /** @type {(middle: number, wanted: number) => number} */
  const near = (middle, wanted) => clamp(middle, wanted - reach, wanted + reach);
  return kept({ ...view, x: near(view.x, place.x), y: near(view.y, place.y) });
}

/**
 * Where a photo lies in a box that it fills as far as it can.
 *
 * @param {{width: number, height: number}} box
 * @param {{width: number, height: number}} photo
 * @param {boolean} isStretched it fills all of it, in another shape
 * @returns {Frame}
 */
export function frameOf(box, photo, isStretched) {
  if (isStretched) return { left: 0, top: 0, ...box };
  const ratio = Math.min(box.width / photo.width, box.height / photo.height);
  const [width, height] = [photo.width * ratio, photo.height * ratio];
  return { left: (box.width - width) / 2, top: (box.height - height) / 2, width, height };
}

/**
 * How far to move a box that is enlarged from its upper left corner, so that the view's place is in its middle.
 *
 * @param {View} view
 * @param {{width: number, height: number}} box
 * @param {Frame} frame where the photo lies in it
 * @returns {{x: number, y: number}}
 */
export function offsetOf({ scale, x, y }, box, frame) {
  return {
    x: box.width / 2 - scale * (frame.left + x * frame.width),
    y: box.height / 2 - scale * (frame.top + y * frame.height),
  };
}

/**
 * A view as an address says it; empty for the whole photo.
 *
 * @param {View} view
 */
export function written({ scale, x, y }) {
  return scale > 1 ? `#zoom=${[scale, x, y].map((value) => Number(value.toFixed(DIGITS))).join(",")}` : "";
}

/**
 * The view of an address; the whole photo where it says none.
 *
 * @param {string} hash
 * @returns {View}
 */
export function read(hash) {
  const numbers = (/^#zoom=([\d.,]+)$/.exec(hash)?.[1] ?? "").split(",").map(Number);
  const [scale, x, y] = numbers;
  return numbers.length === 3 && numbers.every(Number.isFinite) ? kept({ scale, x, y }) : WHOLE;
}
