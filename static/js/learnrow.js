/* Another row of the head over the same maps: another map, another score. */

import { limitOf } from "./colormap.js";
import { parts } from "./element.js";
import { fixed } from "./numbers.js";
import { drawPieces } from "./pieces.js";
import { proofOf } from "./shown.js";
import { logitOf, mapOf, pooled, shuffledOrder } from "./shuffling.js";
import { follow } from "./sizes.js";
import { text } from "./text.js";

const MIXED = 1; // which order a row's weights are put in

/** @typedef {{weights: ArrayLike<number>, bias: number}} Row */

/**
 * @param {HTMLElement} root
 * @param {import("./learnlocation.js").Located} located
 */
export function rowPart(root, { facts, features, heads, image, tables }) {
  const find = parts(root);
  const { channels, rows, columns, classes } = facts;
  const vector = pooled(features, channels, shuffledOrder(rows * columns, 0));
  const canvas = document.createElement("canvas");
  canvas.className = "pieces";
  canvas.setAttribute("role", "img");
  canvas.ariaLabel = text("learn-row-label");

  /** @param {string} value @returns {Row} */
  const rowOf = (value) => {
    if (value === "even") return { weights: new Float32Array(channels).fill(1 / channels), bias: 0 };
    if (value === "mixed") return { weights: Float32Array.from(shuffledOrder(channels, MIXED), (from) => heads[0][from]), bias: 0 };
    const at = classes.findIndex(({ index }) => `${index}` === value);
    return { weights: heads[at], bias: classes[at].bias };
  };

  follow(find("form", HTMLFormElement), ({ one, other, part }) => {
    const [first, second] = [rowOf(one), rowOf(other)];
    const far = part / 100;
    const weights = Float32Array.from(first.weights, (weight, at) => (1 - far) * weight + far * second.weights[at]);
    const bias = (1 - far) * first.bias + far * second.bias;
    const values = mapOf(features, weights);
    drawPieces(canvas, image, { values, rows, columns }, tables);
    const limit = fixed(limitOf(values, "signed"));
    find("limit").textContent = text("learn-limit", { limit });
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    find("told").textContent = proofOf({ mean, bias, logit: logitOf(vector, weights, bias), rival: null }).sum;
    canvas.dataset.drawn = `${one} ${other} ${part}`;
  });
  find("shown").replaceChildren(canvas);
}
