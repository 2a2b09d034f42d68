/* Open or close every fold of a page at once. */

export default function start(root) {
  root.hidden = false;
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open]");
    if (!button) return;
    for (const fold of document.querySelectorAll("[data-fold]")) fold.open = button.dataset.open === "true";
  });
}
