/* Put what has changed on a page that was drawn anew into the page in view. */

/** Everything as on the other, but what somebody opened stays open. */
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
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (other && !part.isEqualNode(other)) become(part, other);
  }
  if (focused === document.body || (focused.isConnected && focused.checkVisibility())) return;
  const same = focused.id ? document.getElementById(focused.id) : null;
  (same?.checkVisibility() ? same : document.querySelector("[data-live] [tabindex='-1']"))?.focus();
}
