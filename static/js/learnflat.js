/* A head of means and a head of cells before the same shuffled maps, again and again. */

import { reasonOf } from "./api.js";
import { elements, parts } from "./element.js";
import { text } from "./text.js";

/** @typedef {{views: string[], means: {shuffled: number[][]}, cells: {shuffled: number[][]}, sentences: string[]}} Flattened */

/** @param {number[]} scores */
const first = (scores) => scores.indexOf(Math.max(...scores));

/**
 * @param {HTMLElement} root
 * @param {import("./learnlocation.js").Located} located
 */
export function flatPart(root, { seed: opened, ask }) {
  const find = parts(root);
  const button = find("again", HTMLButtonElement);
  /** @type {Record<string, string>} */
  const titles = {
    still: text("learn-view-still"),
    mirrored: text("learn-view-mirrored"),
    "upside-down": text("learn-view-upside-down"),
    turned: text("learn-view-turned"),
  };
  let seed = opened;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    seed += 1;
    try {
      /** @type {Flattened} */
      const { views, means, cells, sentences } = await ask("flattened", { seed: `${seed}` });
      for (const [own, view] of elements(find("views"), "li").entries()) {
        for (const [at, said] of elements(view, "dd").entries()) {
          const taken = first([means, cells][at].shuffled[own]);
          said.textContent = titles[views[taken]];
          said.dataset.right = `${taken === own}`;
        }
      }
      find("told").textContent = sentences.join(" ");
      find("trouble").textContent = "";
      button.dataset.seed = `${seed}`;
    } catch (error) {
      find("trouble").textContent = reasonOf(error);
    }
    button.disabled = false;
    button.focus();
  });
}
