/* The pooled vectors as pictures: which map a pixel is, and what is left of it. The pictures may be drawn anew meanwhile. */

import { element, given } from "./element.js";
import { fixed } from "./numbers.js";
import { text } from "./text.js";

/**
 * Which number of the vectors is under the pointer; null where none is.
 *
 * @param {MouseEvent} event
 * @param {HTMLElement} root
 * @returns {{at: number, vectors: number[][]}|null}
 */
function pointed({ target, offsetX, offsetY }, root) {
  const picture = /** @type {HTMLElement} */ (target);
  const shown = /** @type {HTMLElement|null} */ (picture.closest("[data-vectors]"));
  if (!(picture instanceof HTMLImageElement) || !shown || !root.contains(shown)) return null;
  const column = Math.min(Math.floor((offsetX / picture.clientWidth) * picture.naturalWidth), picture.naturalWidth - 1);
  const row = Math.min(Math.floor((offsetY / picture.clientHeight) * picture.naturalHeight), picture.naturalHeight - 1);
  const at = Math.max(row, 0) * picture.naturalWidth + Math.max(column, 0);
  return { at, vectors: JSON.parse(given(shown, "vectors")) };
}

/** @param {HTMLElement} root */
export default function learnvector(root) {
  root.addEventListener("pointermove", (event) => {
    const found = pointed(event, root);
    if (!found) return;
    const { at, vectors } = found;
    const numbers = vectors.map((vector) => fixed(vector[at])).join(" · ");
    element(root, "[data-vector-told]").textContent = text("learn-vector-told", { number: `${at + 1}`, numbers });
  });
  root.addEventListener("click", (event) => {
    const found = pointed(event, root);
    if (!found) return;
    const field = element(document, "#map", HTMLInputElement);
    field.value = `${found.at + 1}`;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.scrollIntoView({ block: "center" });
  });
}
