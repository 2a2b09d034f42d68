/* Ask before something goes for good. */

/** @returns {Promise<boolean>} whether it may go */
export function confirmed(question) {
  const dialog = document.querySelector("[data-confirm]");
  dialog.querySelector("[data-confirm-question]").textContent = question;
  dialog.returnValue = "keep";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "delete"), { once: true });
  });
}
