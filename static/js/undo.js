/* What was seen before, to go back to: a stack of views. Changes that follow each other quickly are one step. */

const TOGETHER_MS = 700; // a slider's journey
const MOST = 200;

/**
 * @template {object} View
 */
export class Steps {
  /** @param {() => number} now milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
    /** @type {View[]} */
    this.past = [];
    /** @type {View[]} */
    this.future = [];
    this.last = { names: "", at: -Infinity };
  }

  /**
   * Before a change of some names from `view` to another.
   *
   * @param {View} view
   * @param {string[]} names
   */
  note(view, names) {
    const step = { names: [...names].sort().join(" "), at: this.now() };
    const goesOn = step.names === this.last.names && step.at - this.last.at < TOGETHER_MS && this.past.length > 0;
    if (!goesOn) this.past.push(view);
    if (this.past.length > MOST) this.past.shift();
    this.future = [];
    this.last = step;
  }

  /** The view before this one, or null. @param {View} view */
  back(view) {
    return this.#step(this.past, this.future, view);
  }

  /** The view that was left by going back, or null. @param {View} view */
  forward(view) {
    return this.#step(this.future, this.past, view);
  }

  /**
   * @param {View[]} from
   * @param {View[]} to
   * @param {View} view
   */
  #step(from, to, view) {
    const found = from.pop();
    if (!found) return null;
    to.push(view);
    this.last = { names: "", at: -Infinity };
    return found;
  }
}
