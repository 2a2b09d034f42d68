/* Delete an entry of the history where it stands. */

import { alarm } from "./alert.js";
import { reasonOf, remove } from "./api.js";
import { confirmed } from "./confirm.js";
import { closest, element, given } from "./element.js";
import { text } from "./text.js";

/** @param {HTMLElement} root */
export default function start(root) {
  root.addEventListener("click", async (event) => {
    const link = closest(event, "[data-delete]");
    if (!link) return;
    event.preventDefault();
    if (!(await confirmed(given(link, "question")))) return;
    try {
      await remove(given(link, "delete"));
    } catch (error) {
      alarm(text("delete-failed", { reason: reasonOf(error) }));
      return;
    }
    const entry = link.closest("[data-entry]");
    const next = entry?.nextElementSibling ?? entry?.previousElementSibling;
    entry?.remove();
    if (next) element(next, "a").focus();
    else location.assign(given(root, "emptyUrl"));
  });
}
