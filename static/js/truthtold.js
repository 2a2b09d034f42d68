/* What the network says of an altered photo, in tables. */

import { barCell, cell, fill, row, scoreCell } from "./tables.js";
import { text } from "./text.js";

/** @typedef {import("./contract.js").Counterfactual} Counterfactual */
/** @typedef {import("./contract.js").Told} Scores */

/** @type {(table: HTMLTableElement, answer: Counterfactual) => void} */
export function tellScores(table, { subject, before, predicted, actual }) {
  const labels = new Map([[subject.index, subject.label]]);
  for (const { index, label } of [...before.top, ...actual.top]) labels.set(index, label);
  /** @type {(told: Scores, index: number) => {probability: number, logit: number}|undefined} */
  const own = (told, index) => (index === subject.index ? told : told.top.find((one) => one.index === index));
  const rows = [...labels].map(([index, label]) =>
    row(cell(label, "th"), ...[before, predicted, actual].map((told) => scoreCell(own(told, index)))));
  fill(table, rows);
}

/** @type {(table: HTMLTableElement, split: Counterfactual["split"]) => void} */
export function tellSplit(table, split) {
  table.hidden = split === null;
  if (split === null) return;
  const most = Math.max(...Object.values(split).map(Math.abs));
  /** @type {[string, number][]} */
  const found = [[text("split-context"), split.context], [text("split-filling"), split.filling]];
  if (Math.abs(split.rescaling) > 1e-3) found.push([text("split-rescaling"), split.rescaling]);
  found.push([text("split-difference"), split.difference]);
  fill(table, found.map(([words, value]) => {
    const cells = [cell(""), cell("")];
    cells[value < 0 ? 0 : 1] = barCell(value, most);
    return row(cell(words, "th"), ...cells);
  }));
}

/** @param {string[]} sentences */
export function paragraphs(sentences) {
  return sentences.map((words) => Object.assign(document.createElement("p"), { textContent: words, className: "panel__sentence" }));
}
