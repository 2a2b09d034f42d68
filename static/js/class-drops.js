/* What is dropped on the page of classes. */

import { alarm } from "./alert.js";
import { filesDropped, isZip } from "./dropped.js";

/**
 * Drop anywhere: on a class its pictures, elsewhere folders of classes; a zip is the archive's.
 * @type {(root: HTMLElement, classes: import("./classes.js").Classes) => void}
 */
export function hearDrops(root, classes) {
  /** @param {DragEvent|null} event */
  const over = (event) => {
    const target = /** @type {Node|null} */ (event?.target ?? null);
    for (const card of classes.cards) card.root.classList.toggle("class--over", card.root.contains(target));
    root.classList.toggle("pictures--over", Boolean(event));
  };
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(event);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) over(null);
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    over(null);
    alarm("");
    const here = root.closest("form")?.querySelector("[name=source][value=upload]");
    if (here instanceof HTMLInputElement) here.checked = true; // what is dropped is not in a folder of the server
    const card = classes.cards.find((one) => one.root.contains(/** @type {Node} */ (event.target)));
    const found = (await filesDropped(/** @type {DataTransfer} */ (event.dataTransfer))).filter(({ file }) => !isZip(file));
    if (card) card.add(found.map(({ file }) => file));
    else if (found.length > 0) classes.take(found);
  });
}
