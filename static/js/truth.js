/* The answer to "Is it true?" in tables and paragraphs. */

import { barCell, cell, fill, row, scoreCell } from "./tables.js";
import { text } from "./text.js";

/** @typedef {import("./contract.js").Counterfactual} Counterfactual */

const LEAST = 1e-3; // logits: less is rounding

/** The scores before, as predicted and as the network says. @type {(table: HTMLTableElement, answer: Counterfactual) => void} */
export function tellScores(table, { classes }) {
  fill(table, classes.map(({ label, before, predicted, actual }) =>
    row(cell(label, "th"), ...[before, predicted, actual].map(scoreCell))));
}

/**
 * Why prediction and network differ, as bars; nothing where nobody can say.
 * @type {(table: HTMLTableElement, split: Counterfactual["split"]) => void}
 */
export function tellSplit(table, split) {
  table.hidden = split === null;
  if (split === null) return;
  const most = Math.max(...Object.values(split).map(Math.abs));
  /** @type {[string, number][]} */
  const found = [[text("split-context"), split.context], [text("split-filling"), split.filling]];
  if (Math.abs(split.rescaling) > LEAST) found.push([text("split-rescaling"), split.rescaling]);
  found.push([text("split-difference"), split.difference]);
  fill(table, found.map(([words, value]) => {
    const cells = [cell(""), cell("")];
    cells[value < 0 ? 0 : 1] = barCell(value, most);
    return row(cell(words, "th"), ...cells);
  }));
}

/** Paragraphs, of which the first is the verdict. @param {string[]} sentences */
export function paragraphs(sentences) {
  return sentences.map((words, i) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = words;
    if (i === 0) paragraph.className = "panel__sentence";
    return paragraph;
  });
}
