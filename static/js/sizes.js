/* Forms of whole numbers: read as they are typed, with no button to press. */

import { element, elements, given } from "./element.js";

/**
 * Tell of a form's numbers now, and whenever all of them are in their ranges.
 *
 * @param {HTMLFormElement} form
 * @param {(numbers: any) => void} tell by the fields' names; strings where a field takes words
 */
export function follow(form, tell) {
  const read = () => {
    if (!form.checkValidity()) return;
    const fields = elements(form, "input, select").map((field) => /** @type {HTMLInputElement|HTMLSelectElement} */ (field));
    for (const shown of elements(form, "[data-output]")) {
      shown.textContent = element(form, `[name=${given(shown, "output")}]`, HTMLInputElement).value;
    }
    tell(Object.fromEntries(fields.map((field) => {
      return [field.name, field.type === "number" || field.type === "range" ? Number(field.value) : field.value];
    })));
  };
  form.addEventListener("input", read);
  form.addEventListener("submit", (event) => event.preventDefault());
  element(form, "[data-count]").hidden = true;
  read();
}

/** @param {number} value */
export const grouped = (value) => value.toLocaleString(document.documentElement.lang);
