/* Scores of classes: what logits say in probabilities, and which are highest. The same rules as model/scores.py. */

/**
 * @param {ArrayLike<number>} logits of all classes
 * @param {"softmax" | "sigmoid"} activation
 * @returns {number[]}
 */
export function probabilities(logits, activation) {
  const all = Array.from(logits);
  if (activation === "sigmoid") return all.map((logit) => 1 / (1 + Math.exp(-logit)));
  const top = all.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const powers = all.map((logit) => Math.exp(logit - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/**
 * Orders classes like their probabilities, the highest score first; of equals, the lower index.
 *
 * @typedef {{index: number, logit: number}} Ranked
 * @type {(one: Ranked, other: Ranked) => number}
 */
export const byScore = (one, other) => other.logit - one.logit || one.index - other.index;

/**
 * The likeliest classes, best first.
 *
 * @template {Ranked} One
 * @param {Iterable<One>} classes
 * @param {number} count how many at the most
 * @returns {One[]}
 */
export const topClasses = (classes, count) => [...classes].sort(byScore).slice(0, count);

/**
 * The likeliest one of some.
 *
 * @template {Ranked} One
 * @param {One[]} classes
 */
export const topClass = (classes) => classes.reduce((top, one) => (byScore(one, top) < 0 ? one : top));
