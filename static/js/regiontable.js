/* The regions in numbers: the box of each in pixels, and what share of the evidence lies in it. */

import { swatchOf } from "./hatching.js";
import { percent } from "./numbers.js";
import { text } from "./text.js";

const MOST_ROWS = 12;

/**
 * @typedef {object} FoundClass a class with the regions that were found of it
 * @property {import("./view.js").ClassMap} one
 * @property {number} place of its hatching, from 1 on
 * @property {import("./found.js").Found[]} regions
 */

/** @param {string|Element[]} words @param {"td"|"th"} kind */
function cell(words, kind = "td") {
  const made = document.createElement(kind);
  made.append(...[words].flat());
  return made;
}

/** @param {{one: FoundClass["one"], place: number, region: import("./found.js").Found}} found */
function rowOf({ one, place, region }) {
  const row = document.createElement("tr");
  const label = document.createElement("span");
  label.dir = "auto";
  label.textContent = one.label;
  const head = cell([swatchOf(place), label], "th");
  head.scope = "row";
  const { left, top, right, bottom } = region.box;
  const box = text("where-box", { left: `${left}`, top: `${top}`, right: `${right}`, bottom: `${bottom}` });
  row.append(head, cell(box), cell(percent(region.share)));
  return row;
}

/**
 * @param {HTMLElement} body of the table
 * @param {HTMLElement} more says what is left out
 * @param {FoundClass[]} classes
 */
export function showRegions(body, more, classes) {
  const rows = classes.flatMap(({ one, place, regions }) => regions.map((region) => ({ one, place, region })));
  const largest = Math.max(1, Math.floor(MOST_ROWS / Math.max(1, classes.length)));
  const shown = classes.flatMap(({ one, place, regions }) =>
    regions.slice(0, largest).map((region) => ({ one, place, region })),
  );
  body.replaceChildren(...shown.map(rowOf));
  const left = rows.length - shown.length;
  more.textContent = left > 0 ? text("where-more", { count: `${left}` }) : "";
}

/** What is found, in one sentence. @param {FoundClass[]} classes */
export function toldOf(classes) {
  if (classes.length === 0) return text("where-none-chosen");
  const count = classes.reduce((sum, { regions }) => sum + regions.length, 0);
  const empty = classes.find(({ regions }) => regions.length === 0);
  if (empty) return text("where-nothing", { label: empty.one.label, count: `${count}` });
  return text("where-found", { count: `${count}` });
}
