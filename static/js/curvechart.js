/* A curve of probabilities while a photo loses or gains its cells; by chance beside it, dashed. */

import { percent, share } from "./numbers.js";
import { drawn } from "./stage.js";
import { text } from "./text.js";

const [WIDTH, HEIGHT, EDGE, TOP] = [320, 176, 28, 24];
const [ACROSS, DOWN] = [WIDTH - EDGE - 8, HEIGHT - EDGE - TOP];
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]; // what the axis may end at

/** @type {(shares: number[], heights: number[], kind: string) => SVGElement} heights 0 to 1 */
const line = (shares, heights, kind) => drawn("polyline", {
  class: "curve",
  "data-kind": kind,
  points: shares.map((part, i) => `${EDGE + part * ACROSS},${HEIGHT - EDGE - heights[i] * DOWN}`).join(" "),
});

/** @type {(words: string, x: number, y: number, anchor: string) => SVGElement} */
function label(words, x, y, anchor) {
  const element = drawn("text", { class: "curve__label", x, y, "text-anchor": anchor });
  element.textContent = words;
  return element;
}

/**
 * @param {"deletion" | "insertion"} name
 * @param {import("./contract.js").CurvesAnswer} answer of POST …/counterfactuals/curve
 */
export function curveChart(name, answer) {
  const { by_map: own, by_chance: chance } = answer[name];
  const words = { own: percent(own.area_probability), chance: percent(chance.area_probability) };
  const title = name === "deletion" ? text("curve-deletion", words) : text("curve-insertion", words);
  const most = Math.max(...own.probabilities, ...chance.probabilities);
  const top = STEPS.find((step) => step >= most) ?? 1;
  /** @param {number[]} values */
  const high = (values) => values.map((value) => value / top);
  const axes = drawn("path", { class: "curve__axes", d: `M${EDGE} ${TOP}V${HEIGHT - EDGE}H${WIDTH - 8}` });
  const figure = document.createElement("figure");
  const caption = Object.assign(document.createElement("figcaption"), { textContent: title });
  const chart = drawn(
    "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title },
    axes, line(answer.shares, high(chance.probabilities), "chance"), line(answer.shares, high(own.probabilities), "map"),
    label(text("curve-height", { top: share(top) }), EDGE, TOP - 8, "start"), label(share(0), EDGE, HEIGHT - 8, "start"),
    label(text("curve-axis"), WIDTH - 8, HEIGHT - 8, "end"),
  );
  figure.append(caption, chart);
  return figure;
}
