/* A file to take along is of what is in view; which parts of that it takes is in data-take. */

import { askedOf } from "./areas.js";
import { given } from "./element.js";
import { query } from "./permalink.js";
import { ready, watch } from "./scene.js";
import { isLast, wayOf } from "./trying.js";

/** @typedef {import("./view.js").View} View */

/** The drawn region, where it is a box. @param {View} view @returns {[string, string][]} */
function boxOf({ region }) {
  const asked = region && askedOf(region);
  return asked?.region ? [["region", asked.region.join(",")]] : [];
}

/** The drawn region, where it is something else. @param {View} view @returns {[string, string][]} */
function shapeOf({ region }) {
  const asked = region && askedOf(region);
  if (asked?.cells) return [["parts", asked.cells.map((row) => row.join(",")).join(";")]];
  return asked?.polygon ? [["polygon", asked.polygon.flat().join(",")]] : [];
}

/** What "Is it true?" was asked, where the answer is on the page. @param {View} view @returns {[string, string][]} */
function truthOf(view) {
  if (!isLast("answered", view)) return [];
  const { change, where, fill } = wayOf(view);
  /** @type {[string, string][]} */
  const place = where === "region" ? shapeOf(view) : [["evidence", where]];
  return [["change", change], ["fill", fill], ...place];
}

/** @type {Record<string, (view: View) => Iterable<[string, string]>>} */
const PARTS = {
  view: () => new URLSearchParams(query()),
  scale: ({ scale }) => (scale === null ? [] : [["scale", scale]]),
  region: boxOf,
  truth: truthOf,
};

/** @param {HTMLAnchorElement} link */
export default async function start(link) {
  const [page] = link.href.split("?");
  const besides = link.dataset.besides ?? "";
  await ready;
  watch(({ view }) => {
    const asked = new URLSearchParams(besides);
    for (const part of given(link, "take").split(" ")) {
      for (const [name, value] of PARTS[part](view)) asked.append(name, value);
    }
    link.href = asked.size > 0 ? `${page}?${asked}` : page;
  });
}
