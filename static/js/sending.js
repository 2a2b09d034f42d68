/* Bring the pictures of one class to the server, a few at a time, patiently. */

import { reasonOf } from "./api.js";
import { count, dropClass, renameClass, renew, sendPicture } from "./dataset.js";
import { Lane, mayGoWell, patiently } from "./patience.js";

const AT_ONCE = 3;
const lane = new Lane(AT_ONCE);

export class Sending {
  /**
   * @param {{changed: () => void, refused: (file: File | null, reason: string) => void, slow: (reason: string) => void,
   *          finished: () => void}} listener
   */
  constructor(listener) {
    this.listener = listener;
    this.label = ""; // as the server knows it; pictures wait until there is one
    this.kept = 0;
    /** @type {File[]} */
    this.waiting = [];
    /** @type {File[]} */
    this.later = [];
    this.done = 0;
    this.total = 0;
    /** @type {Set<Promise<void>>} */
    this.onTheWay = new Set();
    /** @type {Set<File>} */
    this.held = new Set(); // those that are tried again
    this.isGone = false;
  }

  get isIdle() {
    return this.total === 0;
  }

  /** @param {File[]} pictures to send, at once or when the class has a name */
  add(pictures) {
    this.waiting.push(...pictures);
    this.start();
  }

  start() {
    if (this.label) {
      const pictures = this.waiting.splice(0);
      this.total += pictures.length;
      count(pictures.length);
      for (const picture of pictures) lane.add(() => this.send(picture));
    }
    this.listener.changed();
  }

  /** @param {File} picture */
  async send(picture) {
    const delivery = this.isGone ? Promise.resolve() : this.deliver(picture);
    this.onTheWay.add(delivery);
    await delivery;
    this.onTheWay.delete(delivery);
    this.done += 1;
    if (this.done === this.total) await this.finish();
    this.listener.changed();
    count(-1);
  }

  /** @param {File} picture */
  async deliver(picture) {
    const { slow, refused } = this.listener;
    /** @param {unknown} error */
    const wait = (error) => {
      this.held.add(picture);
      slow(reasonOf(error));
    };
    try {
      const known = await patiently(() => sendPicture(this.label, picture), wait);
      if (known === null) this.kept += 1;
      else refused(null, known);
    } catch (error) {
      refused(picture, reasonOf(error));
      if (mayGoWell(error)) this.later.push(picture);
    }
    if (this.held.delete(picture) && this.held.size === 0) slow("");
    this.listener.changed();
  }

  /** Ask the server what it has, which may know a picture already. */
  async finish() {
    await renew().catch(() => {}); // the next answer brings it
    if (this.done < this.total) return;
    Object.assign(this, { done: 0, total: 0 });
    if (!this.isGone) this.listener.finished();
  }

  again() {
    this.add(this.later.splice(0));
  }

  /**
   * Give the class a name, or another one.
   *
   * @param {string} label
   * @throws {Error} the server knows it by its old name still
   */
  async name(label) {
    const before = this.label;
    this.label = label;
    try {
      await Promise.allSettled(this.onTheWay);
      if (before && this.kept > 0) await patiently(() => renameClass(before, label));
    } catch (error) {
      this.label = before;
      throw error;
    }
    this.start();
  }

  /** Send nothing more, and take back what was sent. */
  async remove() {
    this.isGone = true;
    await Promise.allSettled(this.onTheWay);
    try {
      if (this.kept > 0) await patiently(() => dropClass(this.label));
    } catch (error) {
      this.isGone = false;
      throw error;
    }
  }
}
