/* Which classes somebody may mean by what they typed: a number, a name, words of it in any order, words with a slip. */

import { namesIn, wordsOf } from "./names.js";
import { byScore } from "./scores.js";
import { lettersAfterSlip, mayBeSlip } from "./slips.js";

/** @typedef {{rank: number, place: number}} Fit of a typed word in a label: how good, and in the how manieth of its words */
/** @typedef {{number: number, name: string, words: string[]}} Wanted number is NaN where none was typed */

/**
 * @template One
 * @typedef {object} Match
 * @property {One} one
 * @property {number} rank the lower the better
 * @property {boolean} isNumbered whether it was found by its number
 * @property {number[]} places of the words of its label that fit, from 0 on
 */

const NUMBER = /^(?:index:)?(\d{1,9})$/i;

/** How a typed word can be written in one of a label, the best first. @type {((typed: string, word: string) => boolean)[]} */
const WRITTEN = [
  (typed, word) => word === typed,
  (typed, word) => word.startsWith(typed),
  (typed, word) => word.includes(typed),
];
const [NAMED, NUMBERED, SLIPPED, CUT] = [-2, -1, WRITTEN.length, WRITTEN.length + 1]; // ranks before and after those

/** Whether what was found is only close to what was typed. @param {Match<unknown>} match */
export const isClose = ({ rank }) => rank >= SLIPPED;

/** Where a typed word is written best. @type {(typed: string, words: string[]) => Fit|null} */
function bestWritten(typed, words) {
  if (!words.some((word) => word.includes(typed))) return null;
  const rank = WRITTEN.findIndex((isWritten) => words.some((word) => isWritten(typed, word)));
  return { rank, place: words.findIndex((word) => WRITTEN[rank](typed, word)) };
}

/** Where a typed word is written best, with one edit where it takes one. @type {(typed: string, words: string[]) => Fit|null} */
function bestWithSlip(typed, words) {
  const written = bestWritten(typed, words);
  if (written || !mayBeSlip(typed)) return written;
  const beyond = words.map((word) => lettersAfterSlip(typed, word));
  const fewest = Math.min(...beyond);
  if (fewest === Infinity) return null;
  return { rank: fewest === 0 ? SLIPPED : CUT, place: beyond.indexOf(fewest) };
}

/**
 * How a class fits; null where it does not.
 *
 * @template {{index: number, label: string}} One
 * @param {One} one
 * @param {Wanted} wanted
 * @param {typeof bestWritten} bestFit
 * @returns {Match<One>|null}
 */
function matchOf(one, { number, name, words }, bestFit) {
  const named = namesIn(one.label);
  const start = words.length > 0 ? named.names.get(name) : undefined;
  if (start !== undefined) return { one, rank: NAMED, isNumbered: false, places: words.map((_, word) => start + word) };
  if (one.index === number) return { one, rank: NUMBERED, isNumbered: true, places: [] };
  let rank = 0;
  const places = [];
  for (const typed of words) {
    const fit = bestFit(typed, named.words);
    if (!fit) return null;
    rank = Math.max(rank, fit.rank);
    places.push(fit.place);
  }
  return { one, rank, isNumbered: false, places };
}

/**
 * The classes that are meant, the best match first, and of equals the likeliest. Slips are looked for where nothing has
 * all the words as they were typed; all classes fit where no word was typed.
 *
 * @template {{index: number, label: string, logit: number}} One
 * @param {Iterable<One>} classes
 * @param {string} typed
 * @returns {Match<One>[]}
 */
export function matches(classes, typed) {
  const words = wordsOf(typed);
  const wanted = { number: Number(NUMBER.exec(typed.trim())?.[1] ?? NaN), name: words.join(" "), words };
  const all = [...classes];
  /** @param {typeof bestWritten} bestFit */
  const fitting = (bestFit) => all.map((one) => matchOf(one, wanted, bestFit)).filter((match) => match !== null);
  const written = fitting(bestWritten);
  const found = written.length > 0 ? written : fitting(bestWithSlip);
  return found.sort((one, other) => one.rank - other.rank || byScore(one.one, other.one));
}
