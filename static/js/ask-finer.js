/* The question "Finer?": the photo at larger scales of the network; every class's map of each is loaded once. */

import { getArray, getJson, reasonOf, sendJson } from "./api.js";
import { isAsked } from "./ask.js";
import { tellScale } from "./atscale.js";
import { elements, given, parts } from "./element.js";
import { fixed, percent } from "./numbers.js";
import { choice } from "./scalechoice.js";
import { change, declare, isAllKnown, oneOf, ready, scene, use } from "./scene.js";
import { text } from "./text.js";
import { watchOf } from "./watching.js";

/** @typedef {import("./contract.js").Scaled} Scaled */
/** @typedef {Pick<import("./view.js").Scene, "classes"|"grid"> & {told: Scaled|null}} Source told: none of the explanation itself */

const NAMES = ["1", "1.5", "2", "3", "fused"];
let own = "1"; // the explanation's own scale

declare("scale", null, oneOf(...NAMES));

class Scales {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.find = parts(root);
    this.sources = /** @type {Map<string, Source>} */ (new Map()); // by scale
    this.loading = /** @type {Map<string, Promise<Source>>} */ (new Map()); // by scale: what is on its way
    this.shown = "";
  }

  get own() {
    return /** @type {Source} */ (this.sources.get(own));
  }

  async offer() {
    /** @type {{items: import("./contract.js").Offer[]}} */
    const { items } = await getJson(given(this.root, "url"));
    this.find("waiting").remove();
    this.find("busy").textContent = "";
    const offers = items.filter(({ grid }) => grid !== null);
    this.find("offers").append(...offers.map(choice));
  }

  /** Every class's map at a scale. @param {string} name @returns {Promise<Source>} */
  async load(name) {
    /** @type {Scaled} */
    const told = await sendJson(given(this.root, "url"), { scale: name === "fused" ? name : Number(name) });
    /** @type {[import("./npy.js").Npy, import("./contract.js").Scores]} */
    const [cams, scores] = await Promise.all([getArray(told.cams_url), getJson(told.scores_url)]);
    await isAllKnown();
    const cells = cams.shape[1] * cams.shape[2];
    /** @type {Source["classes"]} */
    const classes = new Map();
    for (const { index, label } of this.own.classes.values()) {
      const values = cams.values.subarray(index * cells, (index + 1) * cells);
      const [logit, probability, bias] = [scores.logits[index], scores.probabilities[index], scores.bias[index]];
      classes.set(index, { index, label, logit, probability, bias, values });
    }
    return { classes, grid: told.grid, told };
  }

  /** The same, however often it is asked for meanwhile. @param {string} name */
  loadOnce(name) {
    const loading = this.loading.get(name) ?? this.load(name).finally(() => this.loading.delete(name));
    this.loading.set(name, loading);
    return loading;
  }

  /** Put the maps of a scale in view. @param {string} name */
  async show(name) {
    if (name === this.shown) return;
    this.shown = name;
    this.find("busy").textContent = this.sources.has(name) ? "" : text("asking-network");
    try {
      const source = this.sources.get(name) ?? (await this.loadOnce(name));
      this.sources.set(name, source);
      if (this.shown !== name) return; // another one was chosen meanwhile
      this.find("busy").textContent = "";
      use(source);
    } catch (error) {
      if (this.shown === name) this.find("busy").textContent = reasonOf(error); // asked again once it is chosen again
    }
  }

  /** @param {string} name */
  tell(name) {
    const told = this.sources.get(name)?.told;
    const lines = told ? [...told.account, text("scale-took", { ms: fixed(told.timing_ms.forward, 0) })] : [];
    const one = scene.classes.get(scene.view.class);
    const first = this.own.classes.get(scene.view.class);
    if (told && one && first) {
      const words = { label: one.label, now: percent(one.probability), before: percent(first.probability) };
      lines.unshift(text("scale-changed", { ...words, logit: fixed(one.logit), own: fixed(first.logit) }));
    }
    const paragraphs = lines.map((line) => Object.assign(document.createElement("p"), { textContent: line }));
    this.find("told").replaceChildren(...paragraphs);
  }
}

/** @param {HTMLElement} root */
export default async function start(root) {
  await ready;
  const scales = new Scales(root);
  own = `${scene.explanation.input.scale}`;
  scales.sources.set(own, { classes: scene.classes, grid: scene.explanation.grid, told: null });
  scales.shown = own;
  let isOffered = false;
  root.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === "scale") change({ scale: target.value === own ? null : target.value });
  });
  scales.find("cells").addEventListener("click", () => change({ cells: scene.view.cells === "grid" ? "smooth" : "grid" }));
  watchOf(({ view, classes }) => [view.ask, view.scale, view.cells, view.class, classes], ({ view }) => {
    const name = view.scale ?? own;
    scales.show(name);
    tellScale(view.scale, scales.sources.get(name)?.told ?? null);
    if (!isAsked("finer")) return;
    if (!isOffered) {
      isOffered = true;
      scales.offer().then(() => mark(root, scene.view.scale ?? own), (error) => {
        isOffered = false; // when it is asked again
        scales.find("busy").textContent = reasonOf(error);
      });
    }
    mark(root, name);
    const isSmooth = view.cells === "smooth";
    scales.find("cells").textContent = isSmooth ? text("cells-true") : text("cells-smooth");
    scales.tell(name);
  });
}

/** @param {HTMLElement} root @param {string} name */
function mark(root, name) {
  for (const input of elements(root, "[name=scale]", HTMLInputElement)) input.checked = input.value === name;
}
