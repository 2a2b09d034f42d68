/* Open or close every fold of a page at once. */

import { closest, elements } from "./element.js";

/** @param {HTMLElement} root */
export default function start(root) {
  root.hidden = false;
  root.addEventListener("click", (event) => {
    const button = closest(event, "[data-open]");
    if (!button) return;
    for (const fold of elements(document, "[data-fold]", HTMLDetailsElement)) fold.open = button.dataset.open === "true";
  });
}
