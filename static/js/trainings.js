/* Keep the list of trainings or evaluations as it is on the server, while one of them is under way and somebody looks. */

import { getPage } from "./api.js";
import { renew } from "./live.js";

const PAUSE_MS = 5000;

/** @param {HTMLElement} root */
export default function start(root) {
  const timer = setInterval(async () => {
    if (document.hidden) return;
    if (!root.querySelector("[data-ongoing]")) {
      clearInterval(timer);
      return;
    }
    await getPage(location.pathname).then(renew, () => {}); // the next time will do
  }, PAUSE_MS);
}
