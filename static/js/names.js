/* What classes are called: the names that a label holds, in words without case and accents. */

/** @typedef {{words: string[], names: Map<string, number>}} Named all words; by each name in words, the place of its first */

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const BETWEEN_NAMES = /[,;()[\]]/; // "tabby, tabby cat" are two names, and so are those of "crane (bird)"
const ACCENT = /[\u0300-\u036f]/g;

/** @param {string} text */
const plain = (text) => text.normalize("NFD").replace(ACCENT, "").normalize("NFC").toLowerCase();

/** @param {string} text @returns {string[]} */
export const wordsOf = (text) => plain(text).match(WORD) ?? [];

/** Where the words of a label stand in it, in their order. @param {string} label */
export function placesOf(label) {
  const places = Array.from(label.matchAll(WORD), ({ 0: word, index }) => ({ from: index, to: index + word.length }));
  return places.filter(({ from, to }) => plain(label.slice(from, to)) !== "");
}

/** Labels that were taken apart: once is enough. @type {Map<string, Named>} */
const known = new Map();

/** @param {string} label @returns {Named} */
export function namesIn(label) {
  const before = known.get(label);
  if (before) return before;
  const names = plain(label).split(BETWEEN_NAMES).map((name) => name.match(WORD) ?? []);
  const words = names.flat();
  /** @type {Named} */
  const named = { words, names: new Map([[words.join(" "), 0]]) }; // the whole label is a name, too
  let place = 0;
  for (const name of names) {
    named.names.set(name.join(" "), place);
    place += name.length;
  }
  known.set(label, named);
  return named;
}
