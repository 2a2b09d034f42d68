/* Put what has changed on a page that was drawn anew into the page in view. */

import { elements } from "./element.js";

/** Everything as on the other, but what somebody opened stays open. @param {Element} part @param {Element} other */
function become(part, other) {
  for (const { name } of [...part.attributes]) {
    if (!other.hasAttribute(name) && name !== "open") part.removeAttribute(name);
  }
  for (const { name, value } of [...other.attributes]) {
    if (part.getAttribute(name) !== value) part.setAttribute(name, value);
  }
  part.replaceChildren(...other.childNodes);
}

/**
 * Renew the parts that are marked with `data-live` and a name.
 *
 * @param {Document} fresh
 */
export function renew(fresh) {
  document.title = fresh.title;
  const focused = document.activeElement;
  for (const part of elements(document, "[data-live]")) {
    const other = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (other && !part.isEqualNode(other)) become(part, other);
  }
  if (!focused || focused === document.body || (focused.isConnected && focused.checkVisibility())) return;
  const same = focused.id ? document.getElementById(focused.id) : null;
  const next = same?.checkVisibility() ? same : document.querySelector("[data-live] [tabindex='-1']");
  if (next instanceof HTMLElement) next.focus();
}
