/* Delete the explanation in view, then leave its page. */

import { alarm } from "./alert.js";
import { reasonOf, remove } from "./api.js";
import { confirmed } from "./confirm.js";
import { given } from "./element.js";
import { text } from "./text.js";

/** @param {HTMLAnchorElement} link */
export default function start(link) {
  const [address, question, leave] = ["delete", "question", "leave"].map((name) => given(link, name));
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    if (!(await confirmed(question))) return;
    try {
      await remove(address);
      location.assign(leave);
    } catch (error) {
      alarm(text("delete-failed", { reason: reasonOf(error) }));
    }
  });
}
