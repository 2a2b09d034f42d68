/* Search a list of names as one types; without it the form asks the server. */

import { text } from "./text.js";

const folded = (words) => words.toLocaleLowerCase();

export default function start(root) {
  const input = root.querySelector("[data-query]");
  if (!input) return;
  const names = [...root.querySelectorAll("[data-one]")];
  if (names.length !== Number(root.dataset.total)) return; // the server has searched already: let it search again
  root.querySelector("[data-plain]").hidden = true;
  input.form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", () => {
    const wanted = folded(input.value.trim());
    let found = 0;
    for (const name of names) {
      name.hidden = !folded(name.textContent).includes(wanted);
      if (!name.hidden) found += 1;
    }
    root.querySelector("[data-count]").textContent = wanted ? text("names-found", { count: `${found}` }) : "";
  });
}
