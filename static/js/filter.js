/* Search a list of classes as one types, as matching.js finds them; without it the form asks the server. */

import { element, elements } from "./element.js";
import { matches } from "./matching.js";
import { text } from "./text.js";

/** @param {HTMLElement} root */
export default function start(root) {
  const input = root.querySelector("[data-query]");
  if (!(input instanceof HTMLInputElement)) return;
  const names = elements(root, "[data-one]");
  if (names.length !== Number(root.dataset.total)) return; // the server has searched already: let it search again
  const classes = names.map(({ textContent }, index) => ({ index, label: textContent ?? "", logit: 0 }));
  element(root, "[data-plain]").hidden = true;
  input.form?.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", () => {
    const found = new Set(matches(classes, input.value).map(({ one }) => one.index));
    for (const [index, name] of names.entries()) name.hidden = !found.has(index);
    element(root, "[data-count]").textContent = input.value.trim() ? text("names-found", { count: `${found.size}` }) : "";
  });
}
