/* A class that was found, as lists show it: its label, in which the words that fit stand out, and its probability. */

import { placesOf } from "./names.js";
import { percent } from "./numbers.js";

/** @param {string} words */
function marked(words) {
  return Object.assign(document.createElement("mark"), { className: "match__mark", textContent: words });
}

/**
 * A label in pieces: the words that fit, marked, and what stands between them.
 *
 * @param {string} label
 * @param {number[]} places of those words
 */
function pieces(label, places) {
  let told = 0;
  const fitting = placesOf(label).filter((_, place) => places.includes(place));
  const found = fitting.flatMap(({ from, to }) => {
    const before = label.slice(told, from);
    told = to;
    return [before, marked(label.slice(from, to))];
  });
  return [...found, label.slice(told)];
}

/** @param {import("./matching.js").Match<import("./contract.js").Scored>} match */
export function matchLine({ one, isNumbered, places }) {
  const [label, share] = ["span", "span"].map((tag) => document.createElement(tag));
  Object.assign(label, { dir: "auto", className: "match__label" });
  label.append(...(isNumbered ? [marked(`${one.index}`), " "] : []), ...pieces(one.label, places));
  Object.assign(share, { textContent: percent(one.probability), className: "match__share" });
  return [label, share];
}
