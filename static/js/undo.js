/* What was seen before, to go back to: a stack of views. What one press of a pointer changes is one step, however
   long it takes; so are changes by keys that follow each other quickly. */

const TOGETHER_MS = 700; // a slider's journey by keys
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
    this.isPressed = false;
  }

  /** A pointer is pressed: what changes until it is let go is one step. */
  press() {
    this.last = { names: "", at: -Infinity };
    this.isPressed = true;
  }

  /** It is let go. */
  release() {
    this.isPressed = false;
  }

  /**
   * Before a change of some names from `view` to another.
   *
   * @param {View} view
   * @param {string[]} names
   */
  note(view, names) {
    const step = { names: [...names].sort().join(" "), at: this.now() };
    const isSoon = this.isPressed || step.at - this.last.at < TOGETHER_MS;
    const goesOn = step.names === this.last.names && isSoon && this.past.length > 0;
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

/**
 * What is dragged on a page is one step.
 *
 * @param {EventTarget} page
 * @param {Pick<Steps<any>, "press"|"release">} steps
 */
export function followPresses(page, steps) {
  page.addEventListener("pointerdown", () => steps.press(), { capture: true });
  for (const kind of ["pointerup", "pointercancel"]) page.addEventListener(kind, () => steps.release(), { capture: true });
}
