/* How many numbers filters leave of a photo, and pooling of that. */

import { remaining } from "./counts.js";
import { parts } from "./element.js";
import { follow, grouped } from "./sizes.js";

/** @param {HTMLElement} root */
export default function learnremain(root) {
  const find = parts(root);
  follow(find("form", HTMLFormElement), (sizes) => {
    const left = remaining(sizes);
    find("misfit").hidden = left !== null;
    find("counted").hidden = left === null;
    if (!left) return;
    const filters = grouped(sizes.filters);
    find("photo").textContent = grouped(sizes.side ** 2);
    find("detected").textContent = grouped(left.detected);
    find("found").textContent = `${grouped(left.found)} × ${grouped(left.found)} × ${filters}`;
    find("condensed").textContent = grouped(left.condensed);
    find("pooled").textContent = `${grouped(left.pooled)} × ${grouped(left.pooled)} × ${filters}`;
    find("whole").textContent = grouped(left.whole);
  });
}
