/* A link to another page about the same map takes along how it is looked at. */

import { fragment, query } from "./permalink.js";
import { ready, watch } from "./scene.js";

/** What scripts alone know stands in the fragment, which then tells everything. */
function place() {
  const [known, all] = [new URLSearchParams(query()), new URLSearchParams(fragment())];
  const isTold = [...all].every(([name, value]) => known.get(name) === value);
  return `?${known}${isTold ? "" : `#${all}`}`;
}

/** @param {HTMLAnchorElement} link */
export default async function start(link) {
  const [page] = link.href.split("?");
  await ready;
  watch(() => {
    link.href = page + place();
  });
}
