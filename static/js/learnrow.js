/* Two rows of the head over the same maps, and any between them: each makes a map and a score of its own. */

import { getArray, reasonOf } from "./api.js";
import { limitOf } from "./colormap.js";
import { element, parts } from "./element.js";
import { Finder } from "./finder.js";
import { tellLimit } from "./learnscale.js";
import { signed } from "./numbers.js";
import { drawPieces } from "./pieces.js";
import { proofOf } from "./shown.js";
import { logitOf, mapOf, pooled, shuffledOrder } from "./shuffling.js";
import { follow } from "./sizes.js";
import { text } from "./text.js";

const MIXED = 1; // which order a row's weights are put in
const NAMES = ["one", "between", "other"];

/** @typedef {{weights: Float32Array, bias: number}} Row */

/** @type {(one: Row, other: Row, far: number) => Row} */
const mixed = (one, other, far) => ({
  weights: Float32Array.from(one.weights, (weight, at) => (1 - far) * weight + far * other.weights[at]),
  bias: (1 - far) * one.bias + far * other.bias,
});

/** @type {(values: Float64Array) => number} */
const strongest = (values) => values.indexOf(Math.max(...values));

/**
 * @param {HTMLElement} root
 * @param {import("./learnlocation.js").Located} located
 */
export function rowPart(root, { facts, features, heads, image, tables, api, ask }) {
  const find = parts(root);
  const form = find("form", HTMLFormElement);
  const { channels, rows, columns, classes } = facts;
  const vector = pooled(features, channels, shuffledOrder(rows * columns, 0));
  /** @type {Map<string, Row>} */
  const known = new Map(classes.map(({ index, bias }, at) => [`${index}`, { weights: heads[at], bias }]));
  known.set("even", { weights: new Float32Array(channels).fill(1 / channels), bias: 0 });
  known.set("mixed", { weights: Float32Array.from(shuffledOrder(channels, MIXED), (from) => heads[0][from]), bias: 0 });
  const canvases = NAMES.map((name) => {
    const canvas = Object.assign(document.createElement("canvas"), { className: "pieces", ariaLabel: text("learn-row-label") });
    canvas.setAttribute("role", "img");
    element(root, `[data-shown="${name}"]`).replaceChildren(canvas);
    return canvas;
  });

  follow(form, ({ one, other, part }) => {
    const [first, last] = [one, other].map((name) => /** @type {Row} */ (known.get(name)));
    const shown = [first, mixed(first, last, part / 100), last];
    const maps = shown.map(({ weights }) => mapOf(features, weights));
    const limit = limitOf(maps.flatMap((values) => [...values]), "signed");
    tellLimit(root, limit);
    for (const [at, values] of maps.entries()) {
      const { weights, bias } = shown[at];
      const peak = strongest(values);
      drawPieces(canvases[at], image, { values, rows, columns }, tables, null, { outlined: [[peak]], limit });
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      element(root, `[data-told="${NAMES[at]}"]`).textContent = proofOf({ mean, bias, logit: logitOf(vector, weights, bias), rival: null }).sum;
      element(root, `[data-strongest="${NAMES[at]}"]`).textContent = text("learn-row-strongest", {
        column: `${(peak % columns) + 1}`, row: `${Math.floor(peak / columns) + 1}`, value: signed(values[peak]),
      });
      canvases[at].dataset.drawn = `${one} ${other} ${part}`;
    }
  });

  const other = /** @type {HTMLSelectElement} */ (form.elements.namedItem("other"));
  /** @type {import("./learnlocation.js").KnownClass[]} */
  let all = [];
  /** @param {number} index */
  const choose = async (index) => {
    const { label, bias } = all.find((one) => one.index === index) ?? classes[0];
    try {
      if (!known.has(`${index}`)) {
        const { values } = await getArray(api("head.npy", { class: `${index}` }));
        known.set(`${index}`, { weights: values, bias: Math.fround(bias) });
        other.prepend(new Option(label, `${index}`));
      }
      other.value = `${index}`;
      for (const kind of ["input", "change"]) other.dispatchEvent(new Event(kind, { bubbles: true }));
      find("refused").textContent = "";
    } catch (error) {
      find("refused").textContent = reasonOf(error);
    }
  };
  const finder = new Finder(find("finder"), () => all, choose);
  finder.input.addEventListener("focus", async () => {
    if (all.length > 0) return;
    try {
      all = (await ask("classes", {})).classes;
      if (document.activeElement === finder.input) finder.open(finder.input.value);
    } catch (error) {
      find("refused").textContent = reasonOf(error);
    }
  });
}
