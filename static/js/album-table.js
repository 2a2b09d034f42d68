/* The album as a table to take along: what is shown, in the order it is shown. */

import { album } from "./album.js";
import { arranged } from "./arranging.js";
import { closest } from "./element.js";
import { save } from "./save.js";

/** @typedef {import("./shot.js").Shot} Shot */

const QUOTE = "\u0022";
const APART = [QUOTE, ",", "\r", "\n"]; // a field with one of them stands in quotes

/** A photo's line: what it has of each column. @type {Record<string, (shot: Shot) => string|number|null>} */
const COLUMNS = {
  file: ({ name }) => name,
  class: ({ label }) => label,
  probability: ({ probability }) => probability,
  logit: ({ logit }) => logit,
  margin: ({ margin }) => margin,
  second_class: ({ second }) => second,
  concentration: ({ concentration }) => concentration,
  network: ({ network }) => network,
  id: ({ id }) => id,
  page: ({ page }) => new URL(page, document.baseURI).href,
};

/** @param {Shot} shot */
function row(shot) {
  return Object.fromEntries(Object.entries(COLUMNS).map(([name, of]) => [name, of(shot)]));
}

/**
 * A field of a CSV file; words that a spreadsheet would take for a formula are kept from it by an apostrophe.
 *
 * @param {string|number|null} value
 */
function field(value) {
  if (value === null) return "";
  if (typeof value === "number") return `${value}`;
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  const isApart = APART.some((mark) => safe.includes(mark));
  return isApart ? QUOTE + safe.replaceAll(QUOTE, QUOTE + QUOTE) + QUOTE : safe;
}

/**
 * @param {Shot[]} shots
 * @returns {string} RFC 4180: a line of names, then one a photo
 */
export function csv(shots) {
  const lines = shots.map((shot) => Object.values(row(shot)).map(field));
  return [Object.keys(COLUMNS), ...lines].map((line) => `${line.join(",")}\r\n`).join("");
}

/**
 * @param {Shot[]} shots
 * @returns {string} a list of the same fields
 */
export function json(shots) {
  return `${JSON.stringify(shots.map(row), null, 1)}\n`;
}

/** @param {HTMLElement} root */
export function table(root) {
  /** @type {Record<string, [(shots: Shot[]) => string, string]>} */
  const kinds = { csv: [csv, "text/csv;charset=utf-8"], json: [json, "application/json"] };
  root.addEventListener("click", (event) => {
    const kind = closest(event, "[data-export]")?.dataset.export;
    if (!kind) return;
    const [write, type] = kinds[kind];
    const mark = kind === "csv" ? "\ufeff" : ""; // by which spreadsheets know UTF-8
    save(new Blob([mark, write(arranged(album.shots, album.arrangement))], { type }), `camscope-photos.${kind}`);
  });
}
