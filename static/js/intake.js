/* Take files that are dropped anywhere on a page, or pasted. */

import { filesChosen, filesDropped } from "./dropped.js";

/**
 * @param {(found: import("./dropped.js").Found[]) => void} take
 * @param {(isOver: boolean) => void} over whether something is held over the page
 * @param {AbortSignal} [signal] ends it
 */
export function takeFiles(take, over, signal) {
  /** @type {<Kind extends "paste"|"dragover"|"dragleave"|"drop">(kind: Kind, listener: (event: DocumentEventMap[Kind]) => void) => void} */
  const hear = (kind, listener) => document.addEventListener(kind, listener, { signal });
  hear("paste", ({ clipboardData }) => take(filesChosen(/** @type {DataTransfer} */ (clipboardData))));
  hear("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  hear("dragleave", (event) => {
    if (event.relatedTarget === null) over(false);
  });
  hear("drop", async (event) => {
    event.preventDefault();
    over(false);
    take(await filesDropped(/** @type {DataTransfer} */ (event.dataTransfer)));
  });
}
