/* Let a row of pictures be ticked at once, with Shift. */

import { closest, elements } from "./element.js";

/** @param {HTMLElement} root */
export default function start(root) {
  /** @type {HTMLInputElement|null} */
  let last = null;
  root.addEventListener("click", (event) => {
    const tick = closest(event, "[name='number']");
    if (!(tick instanceof HTMLInputElement)) return;
    const ticks = elements(root, "[name='number']", HTMLInputElement);
    if (event.shiftKey && last) {
      const [from, to] = [ticks.indexOf(last), ticks.indexOf(tick)].sort((one, other) => one - other);
      for (const one of ticks.slice(from, to + 1)) one.checked = tick.checked;
    }
    last = tick;
  });
}
