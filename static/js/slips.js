/* Slips of who types: one letter wrong, too many or missing, or two neighbours exchanged (Damerau's edits). */

const LONG_ENOUGH = /^\p{L}{4,}$/u; // of a shorter word one edit makes another word, of a number another number

/** Whether a word, in small letters, is looked for with a slip in it. @param {string} typed */
export const mayBeSlip = (typed) => LONG_ENOUGH.test(typed);

/** How many letters a word has beyond those typed, from a letter of each on; Infinity where they differ. @type {(typed: string, from: number, word: string, at: number) => number} */
function lettersBeyond(typed, from, word, at) {
  const beyond = word.length - at - (typed.length - from);
  if (beyond < 0) return Infinity;
  for (let letter = from; letter < typed.length; letter += 1) {
    if (typed[letter] !== word[at + letter - from]) return Infinity;
  }
  return beyond;
}

/**
 * How many letters a word has beyond those typed, put right by one edit at the most; Infinity where that does not do.
 *
 * @param {string} typed
 * @param {string} word
 */
export function lettersAfterSlip(typed, word) {
  let at = 0;
  while (at < typed.length && typed[at] === word[at]) at += 1;
  const isExchanged = typed[at] === word[at + 1] && typed[at + 1] === word[at];
  return Math.min(
    lettersBeyond(typed, at + 1, word, at + 1),
    lettersBeyond(typed, at + 1, word, at),
    lettersBeyond(typed, at, word, at + 1),
    isExchanged ? lettersBeyond(typed, at + 2, word, at + 2) : Infinity,
  );
}
