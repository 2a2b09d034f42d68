/* The numbers that belong to the map in view: probability and logit, or the margin, and the identity. */

import { elements, parts } from "./element.js";
import { fixed, percent, signed } from "./numbers.js";
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
    find("margin").textContent = signed(map.logit);
    find("margin-score").hidden = map.rival === null;
    for (const own of elements(root, "[data-own-score]")) own.hidden = map.rival !== null;
    find("proof-sum").textContent = proof.sum;
    find("proof-off").textContent = proof.off;
  });
}
