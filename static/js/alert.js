/* Say what went wrong, where it can be seen. */

import { element } from "./element.js";

/**
 * Show a sentence in the page's alert; an empty one hides it.
 *
 * @param {string} sentence
 * @param {ParentNode} root
 * @param {string} which alert, where there are several
 */
export function alarm(sentence, root = document, which = "[data-alert]") {
  const alert = element(root, which);
  alert.textContent = sentence;
  alert.hidden = !sentence;
  if (sentence) alert.scrollIntoView({ block: "nearest" });
}
