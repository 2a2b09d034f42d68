/* Visible sentences, translated by the server: scripts know them by key alone. */

import { given } from "./element.js";

/** @type {Record<string, string>} */
const sentences = JSON.parse(given(document.body, "text"));

/**
 * @param {string} key one of the keys of app/sentences.py
 * @param {Record<string, string>} values for the {names} in the sentence
 */
export function text(key, values = {}) {
  return sentences[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
