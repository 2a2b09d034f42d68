/* The photo and the network of a room: what is chosen is taken at once, without another press of a button. */

import { element } from "./element.js";

/** @param {HTMLElement} root */
export default function learnphoto(root) {
  const form = element(root, "[data-own]", HTMLFormElement);
  form.addEventListener("change", () => {
    if (form.checkValidity()) form.requestSubmit();
  });
  element(form, "button").hidden = true;
}
