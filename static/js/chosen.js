/* The classes that are outlined together, each with the place of its hatching, which it keeps as long as it is chosen.
 *
 * In the view and the address they are one word, "285,,281": indices in the order of the places; "none"; or null, the
 * class in view.
 */

import { declare, scene } from "./scene.js";

export const MOST_CLASSES = 6; // as many hatchings as there are
const NONE = "none";
const WORD = /^(\d{1,9})?(,(\d{1,9})?){0,5}$/;

declare("outlined", null, {
  read: (word, { explanation }) => {
    const isFit = WORD.test(word) && word.split(",").every((index) => Number(index) < explanation.model.classes);
    return word === NONE || isFit ? word : undefined;
  },
  write: String,
});

/**
 * The chosen classes that are known, with their places from 1 on.
 *
 * @param {import("./view.js").View} view
 */
export function chosen(view = scene.view) {
  if (view.outlined === null) return [{ index: view.class, place: 1 }];
  if (view.outlined === NONE) return [];
  const words = view.outlined.split(",");
  /** @type {(word: string, i: number) => boolean} */
  const isFirst = (word, i) => word !== "" && words.indexOf(word) === i;
  const all = words.flatMap((word, i) => (isFirst(word, i) ? [{ index: Number(word), place: i + 1 }] : []));
  return all.filter(({ index }) => scene.classes.has(index));
}

/**
 * The word for other classes: with one more, in the first place that is free, or with one less.
 *
 * @param {number} index
 * @param {boolean} isChosen
 */
export function toggled(index, isChosen) {
  const places = new Array(MOST_CLASSES).fill("");
  for (const one of chosen()) if (one.index !== index) places[one.place - 1] = `${one.index}`;
  const before = chosen().find((one) => one.index === index)?.place;
  const free = (before ?? places.indexOf("") + 1) - 1;
  if (isChosen && free >= 0) places[free] = `${index}`;
  return places.join(",").replace(/,+$/, "") || NONE;
}
