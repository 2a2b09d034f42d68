/* Arrange the photos of the album: their order, the classes to show, a word to look for. */

import { album, change, watch } from "./album.js";
import { PLAIN, arranged, counted } from "./arranging.js";
import { closest, element, parts } from "./element.js";
import { text } from "./text.js";

const MOST_CHIPS = 12;

/** @param {Partial<import("./arranging.js").Arrangement>} patch */
function arrange(patch) {
  change({ arrangement: { ...album.arrangement, ...patch } });
}

/** @param {string[]} classes @param {string} label */
function toggled(classes, label) {
  return classes.includes(label) ? classes.filter((one) => one !== label) : [...classes, label];
}

/**
 * A button for a class, or for all of them.
 *
 * @param {string} label "" for all
 * @param {string} words
 * @param {boolean} isPressed
 */
function chip(label, words, isPressed) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "chip";
  button.dir = "auto";
  button.textContent = words;
  button.dataset.label = label;
  button.setAttribute("aria-pressed", `${isPressed}`);
  item.append(button);
  return item;
}

class Chips {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.list = element(root, "[data-chips]");
    this.more = element(root, "[data-more-chips]");
    this.isWhole = false;
    this.drawn = "";
    this.list.addEventListener("click", (event) => {
      const label = closest(event, "[data-label]")?.dataset.label;
      if (label === undefined) return;
      arrange({ classes: label === "" ? [] : toggled(album.arrangement.classes, label) });
    });
    this.more.addEventListener("click", () => {
      this.isWhole = !this.isWhole;
      this.draw();
    });
    watch(() => this.draw());
  }

  draw() {
    const { classes } = album.arrangement;
    const found = counted(album.shots);
    const shown = found.filter(([label], place) => this.isWhole || place < MOST_CHIPS || classes.includes(label));
    this.more.hidden = found.length <= MOST_CHIPS;
    const all = text("album-more-classes", { count: `${found.length}` });
    this.more.textContent = this.isWhole ? text("album-fewer-classes") : all;
    const key = JSON.stringify([shown, classes]);
    if (key === this.drawn) return;
    this.drawn = key;
    const focused = this.list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-label") : null;
    const chips = shown.map(([label, count]) => {
      return chip(label, text("album-class", { label, count: `${count}` }), classes.includes(label));
    });
    const whole = chip("", text("album-all-classes", { count: `${album.shots.length}` }), classes.length === 0);
    this.list.replaceChildren(whole, ...chips);
    if (typeof focused !== "string") return;
    const same = this.list.querySelector(`[data-label="${CSS.escape(focused)}"]`);
    if (same instanceof HTMLElement) same.focus();
  }
}

/** @param {HTMLElement} root */
export function tools(root) {
  const find = parts(root);
  const [sort, words, maps] = [find("sort", HTMLSelectElement), find("words", HTMLInputElement), find("maps", HTMLInputElement)];
  new Chips(root);
  sort.addEventListener("change", () => arrange({ sort: sort.value }));
  words.addEventListener("input", () => arrange({ words: words.value }));
  maps.addEventListener("change", () => root.classList.toggle("album--bare", !maps.checked));
  find("show-all").addEventListener("click", () => {
    arrange({ classes: PLAIN.classes, words: PLAIN.words });
    words.value = PLAIN.words;
    words.focus();
  });
  watch(({ shots, arrangement }) => {
    const shown = arranged(shots, arrangement).length;
    find("tools").hidden = shots.length === 0;
    find("none").hidden = shown > 0 || shots.length === 0;
    find("shown").textContent = text("album-shown", { shown: `${shown}`, count: `${shots.length}` });
    sort.value = arrangement.sort;
    if (words !== document.activeElement) words.value = arrangement.words;
  });
}
