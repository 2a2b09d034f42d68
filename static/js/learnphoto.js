/* The photo of a room: what is chosen is taken at once; what is refused is said here, and the room stays as it is. */

import { alarm } from "./alert.js";
import { explain, reasonOf } from "./api.js";
import { element, given, parts } from "./element.js";
import { text } from "./text.js";

/** @param {HTMLElement} root */
export default function learnphoto(root) {
  const form = element(root, "[data-own]", HTMLFormElement);
  const input = element(form, "[name=image]", HTMLInputElement);
  const busy = parts(form)("busy");

  /** @param {string} words what happens; empty for nothing */
  const say = (words) => {
    busy.textContent = words;
    input.disabled = words !== "";
  };

  form.addEventListener("change", async () => {
    if (!form.checkValidity()) return;
    const fields = new FormData(form);
    alarm("", form);
    say(text("sending"));
    try {
      const { id } = await explain(given(form, "explainUrl"), fields, () => say(text("explaining")));
      location.assign(`${given(form, "room")}?${new URLSearchParams({ photo: id })}`);
    } catch (error) {
      say("");
      input.value = "";
      alarm(reasonOf(error), form);
      input.focus({ preventScroll: true });
    }
  });
  element(form, "button").hidden = true;
  addEventListener("pageshow", () => say(""));
}
