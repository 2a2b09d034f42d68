/* A link to another page about the same map takes along how it is looked at; what it asks besides is in data-besides. */

import { fragment, query } from "./permalink.js";
import { ready, watch } from "./scene.js";

/** What scripts alone know stands in the fragment, which then tells everything. @param {string} besides */
function place(besides) {
  const [known, all] = [new URLSearchParams(query()), new URLSearchParams(fragment())];
  const isTold = [...all].every(([name, value]) => known.get(name) === value);
  return `?${known}${besides}${isTold ? "" : `#${all}`}`;
}

/** The drawn region, where it is a box. @param {import("./view.js").View} view */
function drawnBox({ region }) {
  if (region?.kind !== "box") return "";
  const { left, top, right, bottom } = region;
  const asked = new URLSearchParams({ region: [left, top, right, bottom].join(",") });
  return `&${asked}`;
}

/** @param {HTMLAnchorElement} link */
export default async function start(link) {
  const [page] = link.href.split("?");
  const besides = link.dataset.besides ? `&${link.dataset.besides}` : "";
  await ready;
  watch(({ view }) => {
    link.href = page + place(besides + ("withRegion" in link.dataset ? drawnBox(view) : ""));
  });
}
