/* A name for the model, from its classes, until somebody types another. */

import { watch } from "./dataset.js";
import { given } from "./element.js";

const LONGEST = 40;

/** Letters, digits, dots, dashes and underscores are all that a name may have. @param {string} label */
function plain(label) {
  const bare = label.normalize("NFKD").replace(/[^A-Za-z0-9._-]+/g, "-");
  return bare.replace(/^[^A-Za-z0-9]+|-+$/g, "").toLowerCase();
}

/**
 * The wanted name, or with the first number that makes it one that no model has; app/pages_train.py too.
 *
 * @param {string} wanted
 * @param {string[]} taken
 */
function free(wanted, taken) {
  let name = wanted;
  for (let number = 2; taken.includes(name.toLowerCase()); number += 1) name = `${wanted}-${number}`;
  return name;
}

/** @param {HTMLInputElement} input */
export default function start(input) {
  const usual = given(input, "usual");
  const taken = given(input, "taken").toLowerCase().split(" ");
  let isTyped = input.value !== free(usual, taken);
  input.addEventListener("input", () => {
    isTyped = true;
  });
  watch(({ classes }) => {
    if (isTyped) return;
    const names = classes.filter(({ pictures }) => pictures > 0).map(({ label }) => plain(label));
    const name = names.filter(Boolean).join("-");
    input.value = free(name && name.length <= LONGEST ? name : usual, taken);
  });
}
