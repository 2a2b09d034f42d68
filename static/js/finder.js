/* A field that finds a class as matching.js does; arrow keys and Enter choose. */

import { closest, element } from "./element.js";
import { matchLine } from "./matchline.js";
import { matches } from "./matching.js";

/** @typedef {import("./contract.js").Scored} Scored */

const MOST = 8;
let count = 0;

/** @param {import("./matching.js").Match<Scored>} match */
function option(match) {
  const item = document.createElement("li");
  Object.assign(item, { id: `finder-${(count += 1)}`, className: "finder__option match", role: "option" });
  item.setAttribute("aria-selected", "false");
  item.dataset.class = `${match.one.index}`;
  item.append(...matchLine(match));
  return item;
}

export class Finder {
  /**
   * @param {HTMLElement} root
   * @param {() => Iterable<Scored>} classes
   * @param {(index: number) => void} choose
   */
  constructor(root, classes, choose) {
    this.input = element(root, "input", HTMLInputElement);
    this.list = element(root, "[role=listbox]");
    this.classes = classes;
    this.choose = choose;
    this.shown = "";
    this.at = -1;
    this.input.disabled = false;
    this.input.addEventListener("focus", () => {
      this.input.select();
      this.open("");
    });
    this.input.addEventListener("input", () => this.open(this.input.value));
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the field keeps the focus
      const item = closest(event, "[data-class]");
      if (item) this.take(item);
    });
  }

  /** Show a class's name while nobody types. @param {string} label */
  show(label) {
    this.shown = label;
    if (document.activeElement !== this.input || this.list.hidden) this.input.value = label;
  }

  /** @param {string} typed */
  open(typed) {
    const found = matches(this.classes(), typed).slice(0, MOST);
    this.list.replaceChildren(...found.map(option));
    this.list.hidden = found.length === 0;
    this.input.setAttribute("aria-expanded", `${found.length > 0}`);
    this.mark(-1);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.value = this.shown;
    this.mark(-1);
  }

  /** @param {number} at the place in the list that is marked; -1 for none */
  mark(at) {
    const items = [...this.list.children];
    this.at = items.length > 0 ? Math.min(at, items.length - 1) : -1;
    items.forEach((item, i) => item.setAttribute("aria-selected", `${i === this.at}`));
    if (this.at < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", items[this.at].id);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.open("");
      this.mark(Math.max(0, this.at + (event.key === "ArrowDown" ? 1 : -1)));
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      this.take(this.list.children[Math.max(0, this.at)]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    }
  }

  /** @param {Element} item */
  take(item) {
    const index = Number(item.getAttribute("data-class"));
    this.close();
    this.choose(index);
  }
}
