/* The class to follow: any that the network knows, by its name or as index:285; none for the most probable. */

import { getJson } from "./api.js";
import { element, given } from "./element.js";
import { text } from "./text.js";

const INDEX = /^index:(\d+)$/;

export class Follow {
  /** @type {string[]} */
  labels = [];
  /** @type {number|null} */
  index = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.input = element(root, "[data-class]", HTMLInputElement);
    this.hint = element(root, "[data-class-hint]");
    this.options = element(root, "datalist");
    this.input.addEventListener("input", () => this.read());
  }

  /** Another network has other classes. @param {string} network a bundle's id */
  async know(network) {
    this.labels = [];
    this.labels = network ? (await getJson(`${given(this.root, "modelsUrl")}/${network}/labels`)).items : [];
    const names = [...new Set(this.labels)];
    this.options.replaceChildren(...names.map((value) => Object.assign(document.createElement("option"), { value })));
    this.read();
  }

  read() {
    const wanted = this.input.value.trim().toLocaleLowerCase();
    const number = Number(INDEX.exec(wanted)?.[1] ?? NaN);
    const named = this.labels.findIndex((label) => label.toLocaleLowerCase() === wanted);
    const index = number < this.labels.length ? number : named;
    this.index = wanted === "" || index < 0 ? null : index;
    this.hint.textContent = wanted !== "" && this.index === null ? text("classes-none") : "";
  }
}
