/* Rows of tables, with bars in them. */

import { fixed, percent, signed } from "./numbers.js";
import { endColour } from "./signs.js";
import { drawn } from "./stage.js";

/**
 * @param {string | Element} words
 * @param {"td" | "th"} tag a head is a name: of a class, in its own direction of writing
 */
export function cell(words, tag = "td") {
  const element = document.createElement(tag);
  if (tag === "th") Object.assign(element, { scope: "row", dir: "auto" });
  element.append(words);
  return element;
}

/** @param {HTMLTableCellElement[]} cells */
export function row(...cells) {
  const element = document.createElement("tr");
  element.append(...cells);
  return element;
}

/**
 * A number with a bar in the map's own colour: to the right what is given, to the left what is taken.
 *
 * @param {number} value
 * @param {number} most has the longest bar
 * @param {boolean} isTaken
 */
export function barCell(value, most, isTaken = value < 0) {
  const width = most > 0 ? (100 * Math.abs(value)) / most : 0;
  const bar = drawn("rect", { class: "gives__bar", x: isTaken ? 100 - width : 0, width, height: 1, fill: endColour(isTaken) });
  const picture = drawn("svg", { class: "gives__picture", viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": true }, bar);
  const element = cell(picture);
  element.append(signed(value));
  element.classList.add("gives__cell", isTaken ? "gives__cell--taken" : "gives__cell--given");
  return element;
}

/** A probability above a logit. @param {import("./contract.js").Score} one */
export function scoreCell(one) {
  const element = cell("");
  element.className = "gives__score";
  const [chance, logit] = [document.createElement("b"), document.createElement("span")];
  chance.textContent = percent(one.probability);
  logit.textContent = fixed(one.logit);
  element.append(chance, logit);
  return element;
}

/**
 * @param {HTMLTableElement} table
 * @param {HTMLTableRowElement[]} rows of its body
 */
export function fill(table, rows) {
  table.tBodies[0].replaceChildren(...rows);
}
