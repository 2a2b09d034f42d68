/* A head of means and a head of cells before the same shuffled maps, again and again. */

import { reasonOf } from "./api.js";
import { elements, parts } from "./element.js";

const FIRST = 2; // column of what a head says of the photo; then of its shuffled maps; then its lead

/**
 * @param {HTMLElement} root
 * @param {import("./learnlocation.js").Located} located
 */
export function flatPart(root, { ask }) {
  const find = parts(root);
  const button = find("again", HTMLButtonElement);
  let seed = 1;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    seed += 1;
    try {
      /** @type {{sentences: string[][]}} */
      const { sentences } = await ask("flattened", { seed: `${seed}` });
      for (const [at, row] of elements(find("heads"), "tr").entries()) {
        const [photo, shuffled, lead] = elements(row, "th, td").slice(FIRST);
        [photo.textContent, shuffled.textContent, lead.textContent] = sentences[at];
      }
      find("trouble").textContent = "";
      button.dataset.seed = `${seed}`;
    } catch (error) {
      find("trouble").textContent = reasonOf(error);
    }
    button.disabled = false;
    button.focus();
  });
}
