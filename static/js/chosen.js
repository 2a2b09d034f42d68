/* The classes that are outlined together: a list with a box to tick each, which is also the legend. */

import { MOST_CLASSES, swatchOf } from "./hatching.js";
import { text } from "./text.js";

/** Places in the list of hatchings; a class keeps its own as long as it is chosen. */
class Places {
  constructor() {
    this.taken = new Map();
  }

  take(index) {
    const used = new Set(this.taken.values());
    const free = Array.from({ length: MOST_CLASSES }, (_, i) => i + 1).find((place) => !used.has(place));
    if (free !== undefined) this.taken.set(index, free);
    return free !== undefined;
  }
}

function entryOf(template, one) {
  const entry = template.content.firstElementChild.cloneNode(true);
  entry.querySelector("input").value = one.index;
  entry.querySelector("[data-where-label]").textContent = one.label;
  return entry;
}

/**
 * @param {HTMLElement} list
 * @param {HTMLTemplateElement} template of an entry
 * @param {() => void} changed called whenever other classes are chosen
 */
export function chooser(list, template, changed) {
  const places = new Places();
  const entries = new Map();

  const show = () => {
    const isFull = places.taken.size >= MOST_CLASSES;
    for (const [index, entry] of entries) {
      const place = places.taken.get(index);
      const input = entry.querySelector("input");
      input.checked = place !== undefined;
      input.disabled = place === undefined && isFull;
      entry.querySelector("[data-where-swatch]").replaceChildren(...(place === undefined ? [] : [swatchOf(place)]));
    }
    changed();
  };
  list.addEventListener("change", ({ target }) => {
    if (target.checked) places.take(Number(target.value));
    else places.taken.delete(Number(target.value));
    show();
  });
  return {
    /** Offer a class; what is offered stays in the list. */
    offer(one) {
      if (entries.has(one.index)) return;
      entries.set(one.index, entryOf(template, one));
      list.append(entries.get(one.index));
    },
    /** Choose a class that was offered; false where as many are chosen as there can be. */
    choose(index) {
      const isDone = places.taken.has(index) || places.take(index);
      show();
      return isDone;
    },
    has: (index) => places.taken.has(index),
    /** The chosen classes' indices, each with its place, in the order of their places. */
    get all() {
      return [...places.taken].sort((one, other) => one[1] - other[1]).map(([index, place]) => ({ index, place }));
    },
    /** Why no more can be chosen, or nothing. */
    get limit() {
      return places.taken.size >= MOST_CLASSES ? text("where-most", { count: `${MOST_CLASSES}` }) : "";
    },
  };
}
