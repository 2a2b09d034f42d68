/* Search a list of names as one types; without it the form asks the server. */

import { element, elements } from "./element.js";
import { text } from "./text.js";

/** @param {string} words */
const folded = (words) => words.toLocaleLowerCase();

/** @param {HTMLElement} root */
export default function start(root) {
  const input = root.querySelector("[data-query]");
  if (!(input instanceof HTMLInputElement)) return;
  const names = elements(root, "[data-one]");
  if (names.length !== Number(root.dataset.total)) return; // the server has searched already: let it search again
  element(root, "[data-plain]").hidden = true;
  input.form?.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", () => {
    const wanted = folded(input.value.trim());
    let found = 0;
    for (const name of names) {
      name.hidden = !folded(name.textContent ?? "").includes(wanted);
      if (!name.hidden) found += 1;
    }
    element(root, "[data-count]").textContent = wanted ? text("names-found", { count: `${found}` }) : "";
  });
}
