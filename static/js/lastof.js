/* The last answer of a function, for as long as it is asked the same. */

/**
 * @template {unknown[]} Asked
 * @template Answer
 * @param {(...asked: Asked) => Answer} compute whose answer follows from what it is asked, and is not changed by who gets it
 * @returns {(...asked: Asked) => Answer}
 */
export function lastOf(compute) {
  /** @type {{asked: Asked, answer: Answer}|null} */
  let last = null;
  return (...asked) => {
    const known = last;
    if (known === null || asked.some((value, i) => value !== known.asked[i])) last = { asked, answer: compute(...asked) };
    return /** @type {{answer: Answer}} */ (last).answer;
  };
}
