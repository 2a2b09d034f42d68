/* One form for a whole room, its fields beside what they change: that part is drawn anew by the server, and nothing else. */

import { alarm } from "./alert.js";
import { getPage, reasonOf } from "./api.js";
import { element, elements, given } from "./element.js";
import { areUsable, fieldsOf } from "./sizes.js";
import { text } from "./text.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLButtonElement} Field */

class Part {
  turn = 0;

  /** @param {HTMLElement} root @param {HTMLFormElement} form */
  constructor(root, form) {
    this.root = root;
    this.form = form;
    const measure = root.querySelector("[data-measure]");
    this.isCostly = measure !== null;
    this.isWanted = !measure || form.elements.namedItem("measure") instanceof HTMLInputElement;
  }

  /** From now on it is drawn; the address says so. */
  want() {
    if (!this.isWanted) this.form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "measure", value: "true" }));
    this.isWanted = true;
  }

  async draw() {
    this.turn += 1;
    const mine = this.turn;
    const { root } = this;
    const result = element(root, "[data-result]");
    const query = new URLSearchParams(/** @type {any} */ (new FormData(this.form)));
    history.replaceState(null, "", `?${query}`);
    if (!this.isCostly) query.delete("measure");
    this.say(true, "");
    try {
      const page = await getPage(`${location.pathname}?${query}`);
      const drawn = element(page, `[data-part="${given(root, "part")}"] [data-result]`);
      if (mine === this.turn) result.replaceChildren(...drawn.childNodes);
      if (mine === this.turn) this.say(false, "");
    } catch (error) {
      if (mine === this.turn) this.say(false, reasonOf(error));
    }
    root.dataset.drawn = `${mine}`;
  }

  /** @param {boolean} isBusy @param {string} trouble */
  say(isBusy, trouble) {
    alarm(trouble, this.root, "[data-trouble]");
    element(this.root, "[data-result]").ariaBusy = `${isBusy}`;
    if (this.isCostly) element(this.root, "[data-busy]").textContent = isBusy ? text("learn-learning") : "";
  }
}

/** @param {HTMLElement} root */
export default function learnasked(root) {
  const form = /** @type {HTMLFormElement} */ (root);
  const parts = new Map(elements(document, "[data-part]").map((part) => [part, new Part(part, form)]));

  /** @param {Field} field @param {boolean} isWanted */
  const changed = (field, isWanted = false) => {
    const part = parts.get(/** @type {HTMLElement} */ (field.closest("[data-part]")));
    if (!part) return;
    if (isWanted) part.want();
    if (areUsable(fieldsOf(part.root), part.root) && part.isWanted) part.draw();
  };

  document.addEventListener("change", ({ target }) => {
    const field = /** @type {Field} */ (target);
    if (field.form === form) changed(field);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    changed(/** @type {HTMLButtonElement} */ (event.submitter), true);
  });
  document.addEventListener("click", (event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("[data-map]");
    if (!link) return;
    event.preventDefault();
    const field = element(document, "#map", HTMLInputElement);
    field.value = given(/** @type {HTMLElement} */ (link), "map");
    changed(field);
    field.focus();
  });
  for (const button of elements(document, "[data-press]")) button.hidden = true;
}
