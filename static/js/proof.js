/* The numbers that belong to the map in view: probability, logit, and the identity. */

import { parts } from "./element.js";
import { fixed, percent } from "./numbers.js";
import { ready } from "./scene.js";
import { proofOf, shown } from "./shown.js";
import { watchOf } from "./watching.js";

/** @param {HTMLElement} root */
export default async function start(root) {
  if (!root.querySelector("[data-proof]")) return;
  const find = parts(root);
  await ready;
  watchOf((scene) => [shown(scene)], (scene) => {
    const map = shown(scene);
    const proof = proofOf(map);
    find("probability").textContent = percent(map.selected.probability);
    find("logit").textContent = fixed(map.selected.logit);
    find("proof-sum").textContent = proof.sum;
    find("proof-off").textContent = proof.off;
  });
}
