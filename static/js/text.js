/* Visible sentences, translated by the server: scripts know them by key alone. */

const sentences = JSON.parse(document.body.dataset.text);

/**
 * @param {string} key one of the keys of app/sentences.py
 * @param {Record<string, string>} values for the {names} in the sentence
 */
export function text(key, values = {}) {
  return sentences[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
