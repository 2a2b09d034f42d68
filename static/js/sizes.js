/* Forms of whole numbers: read as they are typed, with no button to press; the address keeps what was chosen. */

import { element, elements, given } from "./element.js";
import { text } from "./text.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Field */

/** @param {ParentNode} root @returns {Field[]} */
export const fieldsOf = (root) => elements(root, "input, select").map((field) => /** @type {Field} */ (field));

/** Say beside a number which ones it may be, where it is none of them. @param {Field} field */
function tell(field) {
  if (field.type !== "number") return;
  const isWrong = !field.checkValidity();
  field.ariaInvalid = `${isWrong}`;
  const { min, max } = /** @type {HTMLInputElement} */ (field);
  const sentence = isWrong ? text("learn-range", { least: grouped(Number(min)), most: grouped(Number(max)) }) : "";
  const before = document.getElementById(`${field.id}-range`);
  if (before) before.textContent = sentence;
  if (before || !isWrong) return;
  const hint = Object.assign(document.createElement("p"), { id: `${field.id}-range`, className: "field__hint", role: "alert" });
  hint.textContent = sentence;
  field.after(hint);
  field.setAttribute("aria-describedby", hint.id);
}

/**
 * Whether all fields are in their ranges; where one is not it says so, and what is shown beside them is marked as stale.
 *
 * @param {Field[]} fields
 * @param {Element|null} lesson that shows what they ask for
 */
export function areUsable(fields, lesson) {
  for (const field of fields) tell(field);
  const usable = fields.every((field) => field.checkValidity());
  lesson?.toggleAttribute("data-stale", !usable);
  return usable;
}

/** Keep a form's fields in the address, beside what is there. @param {HTMLFormElement} form */
function keep(form) {
  const address = new URL(location.href);
  for (const name of new Set(new FormData(form).keys())) {
    address.searchParams.set(name, /** @type {string} */ (new FormData(form).get(name)));
  }
  history.replaceState(history.state, "", address);
}

/**
 * Tell of a form's numbers now, and whenever all of them are in their ranges.
 *
 * @param {HTMLFormElement} form
 * @param {(numbers: any) => void} tellAll by the fields' names; strings where a field takes words
 */
export function follow(form, tellAll) {
  const read = () => {
    const fields = fieldsOf(form);
    if (!areUsable(fields, form.closest(".lesson"))) return;
    for (const shown of elements(form, "[data-output]")) {
      shown.textContent = element(form, `[name=${given(shown, "output")}]`, HTMLInputElement).value;
    }
    tellAll(Object.fromEntries(fields.map((field) => {
      return [field.name, field.type === "number" || field.type === "range" ? Number(field.value) : field.value];
    })));
  };
  form.addEventListener("input", read);
  form.addEventListener("change", () => {
    if (form.checkValidity()) keep(form);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  element(form, "[data-count]").hidden = true;
  read();
}

/** @param {number} value */
export const grouped = (value) => value.toLocaleString(document.documentElement.lang);
