/* A list of classes with a box to tick each, which is the legend of what is outlined, too. */

import { chosen, MOST_CLASSES, toggled } from "./chosen.js";
import { swatchOf } from "./hatching.js";
import { change, scene } from "./scene.js";

export class Ticks {
  /**
   * @param {HTMLElement} list
   * @param {HTMLTemplateElement} template of an entry
   */
  constructor(list, template) {
    this.list = list;
    this.template = template;
    this.entries = new Map();
    list.addEventListener("change", ({ target }) => {
      change({ outlined: toggled(Number(target.value), target.checked) });
    });
  }

  /** Offer a class; what is offered stays in the list. */
  offer(index) {
    if (this.entries.has(index)) return;
    const entry = this.template.content.firstElementChild.cloneNode(true);
    entry.querySelector("input").value = index;
    entry.querySelector("[data-where-label]").textContent = scene.classes.get(index).label;
    this.entries.set(index, entry);
    this.list.append(entry);
  }

  /** Tick what is chosen, and show how it is drawn. */
  show() {
    const places = new Map(chosen().map(({ index, place }) => [index, place]));
    for (const index of places.keys()) this.offer(index);
    for (const [index, entry] of this.entries) {
      const place = places.get(index);
      const input = entry.querySelector("input");
      input.checked = place !== undefined;
      input.disabled = place === undefined && places.size >= MOST_CLASSES;
      entry.querySelector("[data-where-swatch]").replaceChildren(...(place === undefined ? [] : [swatchOf(place)]));
    }
  }
}
