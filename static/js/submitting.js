/* Send a form as soon as something in it is chosen; its button is for what is typed, and for who has no scripts. */

import { element } from "./element.js";

/** @param {HTMLElement} root */
export default function start(root) {
  if (!(root instanceof HTMLFormElement)) return;
  element(root, "[type='submit']").hidden = true;
  root.addEventListener("change", () => root.requestSubmit());
}
