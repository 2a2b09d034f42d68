/* The map in view: a class's own, or its difference from another's. The same rules as app/shown.py. */

import { limitOf } from "./colormap.js";
import { lastOf } from "./lastof.js";
import { fixed, signed, summingDecimals, tiny } from "./numbers.js";
import { text } from "./text.js";

/** @typedef {import("./view.js").ClassMap} ClassMap */
/** @typedef {import("./view.js").Scene} Scene */

/**
 * @typedef {object} Shown numbers in logits
 * @property {string} title
 * @property {ClassMap} selected
 * @property {ClassMap|null} rival
 * @property {Float32Array} values
 * @property {number} mean
 * @property {number} bias
 * @property {number} logit
 * @property {number} limit
 */

/** @param {Float32Array} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** @type {(selected: ClassMap, rival: ClassMap|null, mode: import("./colormap.js").Mode) => Shown} */
const shownOf = lastOf((selected, rival, mode) => {
  const values = rival ? selected.values.map((value, cell) => value - rival.values[cell]) : selected.values;
  return {
    selected,
    values,
    rival,
    title: rival ? text("against", { label: selected.label, other: rival.label }) : selected.label,
    mean: mean(selected.values) - (rival ? mean(rival.values) : 0),
    bias: selected.bias - (rival?.bias ?? 0),
    logit: selected.logit - (rival?.logit ?? 0),
    limit: limitOf(values, mode),
  };
});

/**
 * The same record as long as it is the same map: many ask for it at every change.
 *
 * @param {Pick<Scene, "classes"|"view">} scene
 * @returns {Shown}
 */
export function shown({ classes, view }) {
  const selected = /** @type {ClassMap} */ (classes.get(view.class));
  const rival = view.versus === null ? null : /** @type {ClassMap} */ (classes.get(view.versus));
  return shownOf(selected, rival, view.mode);
}

/** The identity in this map's numbers. @param {Pick<Shown, "mean"|"bias"|"logit"> & {rival: object|null}} map */
export function proofOf(map) {
  const digits = summingDecimals(map.mean, map.bias, map.logit);
  const numbers = { mean: fixed(map.mean, digits), bias: fixed(map.bias, digits), logit: fixed(map.logit, digits) };
  return {
    sum: text(map.rival ? "proof-margin" : "proof", numbers),
    off: text("proof-off", { residual: tiny(map.mean + map.bias - map.logit) }),
  };
}

/**
 * What a logit is made of where no part of the picture adds to it; null where some part does.
 *
 * @param {Pick<Shown, "values"|"mean"|"bias"|"logit"|"title">} map
 * @param {import("./coverage.js").Grid} grid
 */
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
