/* A menu closes when something in it was chosen, the focus went or a click was elsewhere, or Escape was pressed. */

import { element } from "./element.js";

/** @param {HTMLDetailsElement} menu */
export default function start(menu) {
  const summary = element(menu, "summary");
  const close = () => {
    menu.open = false;
  };
  document.addEventListener("click", (event) => {
    if (!summary.contains(/** @type {Node} */ (event.target))) close();
  });
  menu.addEventListener("focusout", (event) => {
    const next = /** @type {Node|null} */ (event.relatedTarget);
    if (next && !menu.contains(next)) close();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    close();
    summary.focus();
  });
}
