/* Ask before something goes for good. */

import { element } from "./element.js";

/**
 * @param {string} question
 * @returns {Promise<boolean>} whether it may go
 */
export function confirmed(question) {
  const dialog = element(document, "[data-confirm]", HTMLDialogElement);
  element(dialog, "[data-confirm-question]").textContent = question;
  dialog.returnValue = "keep";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "delete"), { once: true });
  });
}
