/* Small maps of numbers that people type, one row a line: read by the same rules as app/learn_numbers.py. */

const MOST_SIDE = 16;
const LARGEST = 1e6;
const LITERAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * @param {string} typed
 * @returns {import("./pooling.js").NumberMap|null} null where it is no map
 */
export function readNumbers(typed) {
  const rows = typed.split(/\r\n|\r|\n/).filter((line) => line.trim());
  const words = rows.map((line) => line.split(/[\s,;]+/).filter(Boolean));
  const columns = words[0]?.length ?? 0;
  if (rows.length < 1 || rows.length > MOST_SIDE || columns < 1 || columns > MOST_SIDE) return null;
  if (words.some((row) => row.length !== columns)) return null;
  const flat = words.flat();
  if (!flat.every((word) => LITERAL.test(word) && Math.abs(Number(word)) <= LARGEST)) return null;
  return { values: flat.map(Number), rows: rows.length, columns };
}
