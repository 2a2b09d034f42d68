/* How far the photos of the album are, and which could not be explained. */

import { parts } from "./element.js";
import { text } from "./text.js";

/** @typedef {import("./album-queue.js").Queue} Queue */
/** @typedef {import("./album-queue.js").Failure} Failure */

const TOLD = 4; // so many times screen readers are told on the way
const MOST_LISTED = 200;

/** @param {Failure} failure */
function item({ photo, reason }) {
  const line = document.createElement("li");
  const name = document.createElement("b");
  name.dir = "auto";
  name.textContent = photo.name;
  line.append(name, ` ${reason}`);
  return line;
}

/** What is said of the queue, or "" where there is nothing to say. @param {Queue} queue */
function words({ total, done, failures, isStopped, isBusy, onTheWay }) {
  if (total === 0) return "";
  const values = { done: `${done}`, total: `${total}`, underway: `${onTheWay.length}` };
  if (isBusy && isStopped) return onTheWay.length > 0 ? text("album-stopping", values) : text("album-stopped", values);
  if (isBusy) return text("album-sending", values);
  return failures.length > 0 ? text("album-done-failed", values) : text("album-done", values);
}

export class Progress {
  /**
   * @param {HTMLElement} root
   * @param {Queue} queue
   */
  constructor(root, queue) {
    this.queue = queue;
    this.find = parts(root);
    /** @type {string|null} */
    this.listed = null;
    this.told = "";
    this.find("stop").addEventListener("click", () => {
      if (queue.isStopped) queue.goOn();
      else queue.stop();
    });
    this.find("again").addEventListener("click", () => queue.again());
  }

  /** The server is slow, and why. @param {string} reason */
  slow(reason) {
    this.find("slow").textContent = reason && text("again-soon", { reason });
  }

  draw() {
    const { total, done, failures, isStopped, isBusy } = this.queue;
    const bar = this.find("bar", HTMLProgressElement);
    const stop = this.find("stop");
    this.find("progress").hidden = total === 0;
    bar.hidden = !isBusy;
    bar.max = Math.max(total, 1);
    bar.value = done + failures.length;
    this.find("progress-words").textContent = words(this.queue);
    stop.hidden = !isBusy;
    stop.textContent = isStopped ? text("album-go-on") : text("album-stop");
    this.list(failures);
    this.tell();
  }

  /** @param {Failure[]} failures */
  list(failures) {
    const key = failures.map(({ photo, reason }) => `${photo.order} ${reason}`).join("\n");
    if (key === this.listed) return;
    this.listed = key;
    this.find("failures").hidden = failures.length === 0;
    this.find("failures-count").textContent = text("album-failures", { count: `${failures.length}` });
    this.find("reasons").replaceChildren(...failures.slice(0, MOST_LISTED).map(item));
    if (failures.length > MOST_LISTED) {
      const others = document.createElement("li");
      others.textContent = text("album-more-failures", { count: `${failures.length - MOST_LISTED}` });
      this.find("reasons").append(others);
    }
    this.find("again").hidden = !failures.some(({ again }) => again);
  }

  /** Say how it stands, but not with every photo. */
  tell() {
    const { total, done, failures, isStopped, isBusy } = this.queue;
    const part = Math.floor((TOLD * (done + failures.length)) / Math.max(total, 1));
    const key = `${total} ${isBusy} ${isStopped} ${part}`;
    if (key === this.told) return;
    this.told = key;
    this.find("said").textContent = words(this.queue);
  }
}
