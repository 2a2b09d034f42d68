/* Try again what the server was too busy for, or what did not reach it. */

import { Refusal } from "./api.js";

const MOST_TRIES = 8;
const LONGEST_WAIT_S = 30;
const BUSY = [429, 503];

/** Whether the same request may go well later. @param {unknown} error */
export function mayGoWell(error) {
  return !(error instanceof Refusal) || BUSY.includes(error.status);
}

/** @param {number} seconds */
function pause(seconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}

/**
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {(error: unknown) => void} onWait called before each pause
 * @returns {Promise<T>} of the first try that went well
 * @throws {Error} of the last try
 */
export async function patiently(attempt, onWait = () => {}) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === MOST_TRIES || !mayGoWell(error)) throw error;
      onWait(error);
      const wanted = error instanceof Refusal ? error.retryAfterS : null;
      await pause(Math.min(wanted ?? 2 ** (tries - 1), LONGEST_WAIT_S));
    }
  }
}

/** Work through tasks in their order, a few at a time. */
export class Lane {
  /** @param {number} width how many run at the same time */
  constructor(width) {
    this.width = width;
    this.running = 0;
    /** @type {(() => Promise<void>)[]} */
    this.waiting = [];
  }

  /** @param {() => Promise<void>} task handles its own failure */
  add(task) {
    this.waiting.push(task);
    this.next();
  }

  next() {
    while (this.running < this.width) {
      const task = this.waiting.shift();
      if (!task) return;
      this.running += 1;
      task().finally(() => {
        this.running -= 1;
        this.next();
      });
    }
  }
}
