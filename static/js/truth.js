/* The answer to "Is it true?" in tables and paragraphs. */

import { barCell, cell, fill, row, scoreCell } from "./tables.js";
import { text } from "./text.js";

const LEAST = 1e-3; // logits: less is rounding

/** The scores before, as predicted and as the network says, of the first classes of both. */
export function tellScores(table, { subject, before, predicted, actual }) {
  const labels = new Map([[subject.index, subject.label]]);
  for (const { index, label } of [...before.top, ...actual.top]) labels.set(index, label);
  const own = (told, index) => (index === subject.index ? told : told.top.find((one) => one.index === index));
  const rows = [...labels].map(([index, label]) =>
    row(cell(label, "th"), ...[before, predicted, actual].map((told) => scoreCell(own(told, index)))));
  fill(table, rows);
}

/** Why prediction and network differ, as bars; nothing where nobody can say. */
export function tellSplit(table, split) {
  table.hidden = split === null;
  if (split === null) return;
  const most = Math.max(...Object.values(split).map(Math.abs));
  const parts = [[text("split-context"), split.context], [text("split-filling"), split.filling]];
  if (Math.abs(split.rescaling) > LEAST) parts.push([text("split-rescaling"), split.rescaling]);
  parts.push([text("split-difference"), split.difference]);
  fill(table, parts.map(([words, value]) => {
    const cells = [cell(""), cell("")];
    cells[value < 0 ? 0 : 1] = barCell(value, most);
    return row(cell(words, "th"), ...cells);
  }));
}

export function paragraphs(sentences) {
  return sentences.map((words) => Object.assign(document.createElement("p"), { textContent: words, className: "panel__sentence" }));
}
