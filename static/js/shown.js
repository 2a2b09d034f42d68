/* The map in view: a class's own, or its difference from another's. The same rules as app/shown.py. */

import { limitOf } from "./colormap.js";
import { fixed, signed, summingDecimals, tiny } from "./numbers.js";
import { text } from "./text.js";

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * @returns {{title: string, selected: object, values: Float32Array, bias: number, logit: number,
 *   mean: number, limit: number, rival: object|null}} numbers in logits
 */
export function shown({ classes, view }) {
  const selected = classes.get(view.class);
  const rival = view.versus === null ? null : classes.get(view.versus);
  const values = rival ? selected.values.map((value, cell) => value - rival.values[cell]) : selected.values;
  const names = { label: selected.label, other: rival?.label };
  return {
    selected,
    values,
    rival,
    title: rival ? text("against", names) : selected.label,
    mean: mean(selected.values) - (rival ? mean(rival.values) : 0),
    bias: selected.bias - (rival?.bias ?? 0),
    logit: selected.logit - (rival?.logit ?? 0),
    limit: limitOf(values, view.mode),
  };
}

/** The identity in this map's numbers: {sum, off}. */
export function proofOf(map) {
  const digits = summingDecimals(map.mean, map.bias, map.logit);
  const numbers = { mean: fixed(map.mean, digits), bias: fixed(map.bias, digits), logit: fixed(map.logit, digits) };
  return {
    sum: text(map.rival ? "proof-margin" : "proof", numbers),
    off: text("proof-off", { residual: tiny(map.mean + map.bias - map.logit) }),
  };
}

/** What a logit is made of where no part of the picture adds to it; null where some part does. */
export function nothingOf(map, grid) {
  let least = 0;
  for (const [cell, value] of map.values.entries()) {
    if (value > 0) return null;
    if (value < map.values[least]) least = cell;
  }
  const digits = summingDecimals(map.mean, map.bias, map.logit);
  const numbers = { label: map.title, bias: fixed(map.bias, digits), logit: fixed(map.logit, digits) };
  if (map.values[least] === 0) return text("nothing", numbers);
  return text("nothing-positive", {
    ...numbers,
    taken: fixed(map.mean, digits),
    least: signed(map.values[least]),
    row: `${Math.floor(least / grid.columns) + 1}`,
    column: `${(least % grid.columns) + 1}`,
  });
}
