/* Have many photos explained, a few at a time, at the pace that the server can hold. */

import { ask, isAboutThePhoto, isPassing, isReadable } from "./album-ask.js";
import { reasonOf } from "./api.js";
import { Pace } from "./pace.js";
import { patiently } from "./patience.js";
import { text } from "./text.js";

/** @typedef {import("./album-ask.js").Photo} Photo */
/** @typedef {import("./shot.js").Explained} Explained */
/** @typedef {{photo: {name: string, order: number}, reason: string, again: boolean}} Failure again: a photo that may go well then */

const MOST_AT_ONCE = 3;

export class Queue {
  /** @type {Photo[]} */
  waiting = [];
  /** @type {Photo[]} */
  onTheWay = [];
  /** @type {Failure[]} */
  failures = [];
  total = 0;
  done = 0;
  isStopped = false;
  network = "";
  pace = new Pace(MOST_AT_ONCE);

  /**
   * @param {string} url that explains a photo
   * @param {{changed: () => void, explained: (explanation: Explained, photo: Photo) => void,
   *          slow: (reason: string) => void, halted: (reason: string) => void}} listener
   */
  constructor(url, listener) {
    this.url = url;
    this.listener = listener;
  }

  get isBusy() {
    return this.waiting.length + this.onTheWay.length > 0;
  }

  /**
   * @param {Photo[]} photos
   * @param {string} network a bundle's id; empty for the server's first
   */
  add(photos, network) {
    if (!this.isBusy) Object.assign(this, { total: this.failures.length, done: 0 });
    this.network = network;
    this.waiting.push(...photos);
    this.total += photos.length;
    this.goOn();
  }

  /**
   * @param {{name: string, order: number}[]} photos that are not worth sending, or cannot be sent any more
   * @param {string} reason
   */
  refuse(photos, reason) {
    this.total += photos.length;
    this.failures.push(...photos.map((photo) => ({ photo, reason, again: false })));
    this.listener.changed();
  }

  stop() {
    this.isStopped = true;
    this.listener.slow("");
    this.listener.changed();
  }

  goOn() {
    this.isStopped = false;
    for (const _ of [...this.waiting]) this.pace.add(() => this.next()); // which takes from it at once
    this.listener.changed();
  }

  /** Send those again that may go well now. */
  again() {
    this.waiting.push(...this.failures.filter(({ again }) => again).map(({ photo }) => /** @type {Photo} */ (photo)));
    this.failures = this.failures.filter(({ again }) => !again);
    this.goOn();
  }

  /** Forget everything, also what is on its way. @returns {() => void} takes it back, stopped */
  startOver() {
    const { total, done, failures, network } = this;
    const waiting = [...this.onTheWay, ...this.waiting];
    Object.assign(this, { waiting: [], onTheWay: [], failures: [], total: 0, done: 0, isStopped: false });
    this.listener.changed();
    return () => {
      Object.assign(this, { waiting, failures, total, done, network, isStopped: waiting.length > 0 });
      this.listener.changed();
    };
  }

  async next() {
    const photo = this.isStopped ? undefined : this.waiting.shift();
    if (!photo) return;
    this.onTheWay.push(photo);
    this.listener.changed();
    const attempt = () => (this.isStopped ? Promise.resolve(null) : ask(this.url, photo, this.network));
    try {
      const isThere = await isReadable(photo.file);
      const explanation = isThere ? await patiently(attempt, (error) => this.slower(error)) : null;
      if (this.isOver(photo)) return;
      if (!isThere) this.failures.push({ photo, reason: text("album-unreadable"), again: false });
      else if (explanation === null) this.waiting.unshift(photo);
      else this.succeed(explanation, photo);
    } catch (error) {
      if (this.isOver(photo)) return;
      this.judge(error, photo);
    }
    this.listener.changed();
  }

  /** Take it off the way. @param {Photo} photo @returns {boolean} whether nobody waits for it any more */
  isOver(photo) {
    const isForgotten = !this.onTheWay.includes(photo);
    this.onTheWay = this.onTheWay.filter((one) => one !== photo);
    return isForgotten;
  }

  /** @param {Explained} explanation @param {Photo} photo */
  succeed(explanation, photo) {
    this.done += 1;
    this.pace.steady();
    this.listener.slow("");
    this.listener.explained(explanation, photo);
  }

  /** The server is busy: ask for fewer at once. @param {unknown} error */
  slower(error) {
    this.pace.slower();
    if (!this.isStopped) this.listener.slow(reasonOf(error));
  }

  /** A photo may fail alone; what would meet the others as well stops them. @param {unknown} error @param {Photo} photo */
  judge(error, photo) {
    if (isAboutThePhoto(error)) {
      this.failures.push({ photo, reason: reasonOf(error), again: isPassing(error) });
      return;
    }
    this.waiting.unshift(photo);
    this.stop();
    this.listener.halted(reasonOf(error));
  }
}
