/* A curve of probabilities while a photo loses or gains its cells; by chance beside it, dashed. */

import { percent } from "./numbers.js";
import { drawn } from "./stage.js";
import { text } from "./text.js";

const [WIDTH, HEIGHT, EDGE] = [320, 160, 28];

/** @type {(shares: number[], values: number[], kind: string) => SVGElement} */
const line = (shares, values, kind) => drawn("polyline", {
  class: "curve",
  "data-kind": kind,
  points: shares.map((share, i) => `${EDGE + share * (WIDTH - EDGE - 8)},${HEIGHT - EDGE - values[i] * (HEIGHT - EDGE - 8)}`).join(" "),
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
  const axes = drawn("path", { class: "curve__axes", d: `M${EDGE} 8V${HEIGHT - EDGE}H${WIDTH - 8}` });
  const figure = document.createElement("figure");
  const caption = Object.assign(document.createElement("figcaption"), { textContent: title });
  const chart = drawn(
    "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title },
    axes, line(answer.shares, chance.probabilities, "chance"), line(answer.shares, own.probabilities, "map"),
    label(percent(1), EDGE, 6, "start"), label(text("curve-axis"), WIDTH - 8, HEIGHT - 8, "end"),
  );
  figure.append(caption, chart);
  return figure;
}
