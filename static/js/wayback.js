/* A way back to the page of many photos, for who came from there. */

import { kept } from "./album.js";

/** @param {HTMLElement} root */
export default function start(root) {
  root.hidden = !kept()?.shots.some(({ id }) => id === root.dataset.id);
}
