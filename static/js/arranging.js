/* Which of many photos are shown, and in which order. */

/** @typedef {import("./shot.js").Shot} Shot */

/** @typedef {"order"|"name"|"probability"|"margin"|"concentration"} Key */

const KEYS = ["order", "name", "probability", "margin", "concentration"];

/** @typedef {{sort: string, classes: string[], words: string}} Arrangement sort is a key, a dash, "up" or "down" */

/** @type {Arrangement} */
export const PLAIN = { sort: "order-up", classes: [], words: "" };

/** Whether a sort of this name exists. @param {unknown} sort */
export function isSort(sort) {
  const [key, way, ...rest] = `${sort}`.split("-");
  return KEYS.includes(key) && (way === "up" || way === "down") && rest.length === 0;
}

/**
 * @param {Key} key
 * @param {string} way "up" or "down"
 * @returns {(one: Shot, other: Shot) => number} who has no such value is last
 */
function comparison(key, way) {
  const names = new Intl.Collator(undefined, { numeric: true });
  const sign = way === "up" ? 1 : -1;
  return (one, other) => {
    const [a, b] = [one[key], other[key]];
    if (a === null || b === null) return Number(a === null) - Number(b === null) || one.order - other.order;
    return sign * (typeof a === "string" ? names.compare(a, `${b}`) : a - Number(b)) || one.order - other.order;
  };
}

/**
 * @param {Shot[]} shots
 * @param {Arrangement} arrangement
 * @returns {Shot[]} those of the chosen classes whose class or file is called like that; who has no such number is last
 */
export function arranged(shots, { sort, classes, words }) {
  const wanted = words.trim().toLocaleLowerCase();
  const [key, way] = /** @type {[Key, string]} */ (sort.split("-"));
  return shots
    .filter(({ label }) => classes.length === 0 || classes.includes(label))
    .filter(({ label, name }) => [label, name].some((one) => one.toLocaleLowerCase().includes(wanted)))
    .sort(comparison(key, way));
}

/**
 * @param {Shot[]} shots
 * @returns {[string, number][]} each class with how many photos it has, the most frequent first
 */
export function counted(shots) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { label } of shots) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].sort(([one, a], [other, b]) => b - a || one.localeCompare(other));
}
