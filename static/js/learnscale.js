/* What the strongest colours of a part's maps stand for, in logits. */

import { element } from "./element.js";
import { signed } from "./numbers.js";

/** @param {HTMLElement} root has one legend @param {number} limit */
export function tellLimit(root, limit) {
  element(root, "[data-lowest]").textContent = signed(-limit);
  element(root, "[data-highest]").textContent = signed(limit);
}
