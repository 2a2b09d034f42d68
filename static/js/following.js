/* Follow an evaluation: draw the page anew while it is under way, and load it whole once there is something to see. */

import { getPage } from "./api.js";
import { renew } from "./live.js";

const PAUSE_MS = 1500;

/** @param {HTMLElement} root */
export default function start(root) {
  if (!root.querySelector("[data-ongoing]")) return;
  const timer = setInterval(async () => {
    if (document.hidden) return;
    const fresh = await getPage(location.href).catch(() => null); // the next time will do
    if (!fresh) return;
    if (fresh.querySelector("[data-live='now']")) renew(fresh);
    else location.reload();
    if (!root.querySelector("[data-ongoing]")) clearInterval(timer);
  }, PAUSE_MS);
}
