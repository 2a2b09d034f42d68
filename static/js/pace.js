/* How many things are asked of the server at the same time: fewer while it is busy, more again as it answers. */

import { Lane } from "./patience.js";

const STEADY = 10; // so many answers in a row, and one more may be asked for at once

export class Pace extends Lane {
  answers = 0;

  /** @param {number} most at the same time */
  constructor(most) {
    super(most);
    this.most = most;
  }

  /** There was an answer. */
  steady() {
    this.answers += 1;
    if (this.answers % STEADY === 0) this.width = Math.min(this.width + 1, this.most);
  }

  /** The server was busy. */
  slower() {
    this.answers = 0;
    this.width = Math.max(1, this.width - 1);
  }
}
