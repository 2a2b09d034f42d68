/* Delete an entry of the history where it stands. */

import { alarm } from "./alert.js";
import { reasonOf, remove } from "./api.js";
import { confirmed } from "./confirm.js";
import { text } from "./text.js";

export default function start(root) {
  root.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-delete]");
    if (!link) return;
    event.preventDefault();
    if (!(await confirmed(link.dataset.question))) return;
    try {
      await remove(link.dataset.delete);
    } catch (error) {
      alarm(text("delete-failed", { reason: reasonOf(error) }));
      return;
    }
    const entry = link.closest("[data-entry]");
    const next = entry.nextElementSibling ?? entry.previousElementSibling;
    entry.remove();
    if (next) next.querySelector("a").focus();
    else location.assign(root.dataset.emptyUrl);
  });
}
