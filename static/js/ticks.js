/* A list of classes with a box to tick each, which is the legend of what is outlined, too. */

import { chosen, MOST_CLASSES, toggled } from "./chosen.js";
import { copyOf, element } from "./element.js";
import { swatchOf } from "./hatching.js";
import { change, classOf } from "./scene.js";

export class Ticks {
  /**
   * @param {HTMLElement} list
   * @param {HTMLTemplateElement} template of an entry
   */
  constructor(list, template) {
    this.list = list;
    this.template = template;
    /** @type {Map<number, HTMLElement>} by class */
    this.entries = new Map();
    list.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement) change({ outlined: toggled(Number(target.value), target.checked) });
    });
  }

  /** Offer a class; what is offered stays in the list. @param {number} index */
  offer(index) {
    if (this.entries.has(index)) return;
    const entry = copyOf(this.template);
    element(entry, "input", HTMLInputElement).value = `${index}`;
    element(entry, "[data-where-label]").textContent = classOf(index).label;
    this.entries.set(index, entry);
    this.list.append(entry);
  }

  /** Tick what is chosen, and show how it is drawn. */
  show() {
    const places = new Map(chosen().map(({ index, place }) => [index, place]));
    for (const index of places.keys()) this.offer(index);
    for (const [index, entry] of this.entries) {
      const place = places.get(index);
      const input = element(entry, "input", HTMLInputElement);
      input.checked = place !== undefined;
      input.disabled = place === undefined && places.size >= MOST_CLASSES;
      const drawn = place === undefined ? "" : `${place}`;
      if (drawn === (entry.dataset.place ?? "")) continue;
      entry.dataset.place = drawn;
      element(entry, "[data-where-swatch]").replaceChildren(...(place === undefined ? [] : [swatchOf(place)]));
    }
  }
}
