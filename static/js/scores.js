/* From logits to probabilities: the same rule as model/scores.py. */

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
