/* Follow a training: draw the page anew whenever something happens, and say so when the server is out of reach. */

import { Refusal, getPage, reasonOf } from "./api.js";
import { element, given } from "./element.js";
import { listen } from "./hearing.js";
import { renew } from "./live.js";
import { text } from "./text.js";

const LEAST_PAUSE_MS = 800;
const PATIENCE_MS = 2000;
const GONE = 404;
const KINDS = ["stage", "progress", "epoch", "note", "done", "failed", "training"];

class Following {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.isAsking = false;
    this.isStale = false;
    this.close = () => {};
    /** @type {number|null} */
    this.alarm = null;
  }

  get isOngoing() {
    return this.root.querySelector("[data-ongoing]") !== null;
  }

  start() {
    this.close = listen(given(this.root, "eventsUrl"), KINDS, {
      heard: () => this.ask(),
      found: () => {
        this.say("");
        this.ask();
      },
      lost: () => this.miss(),
    });
  }

  /** Draw anew; what happens meanwhile is drawn in one go afterwards. */
  async ask() {
    this.isStale = true;
    if (this.isAsking) return;
    this.isAsking = true;
    while (this.isStale && this.isOngoing) {
      this.isStale = false;
      await this.draw();
    }
    this.isAsking = false;
    if (!this.isOngoing) this.end("");
  }

  /** Nothing more will happen here. @param {string} words */
  end(words) {
    this.close();
    this.say(words);
    this.isStale = false;
  }

  async draw() {
    try {
      renew(await getPage(location.href));
    } catch (error) {
      if (error instanceof Refusal && error.status === GONE) this.end(reasonOf(error));
      else this.miss(); // the stream finds out when it is back
    }
    await new Promise((resolve) => {
      setTimeout(resolve, LEAST_PAUSE_MS);
    });
  }

  /** Streams end when trainings do, and break off now and then: say so only when it lasts. */
  miss() {
    this.alarm ??= setTimeout(() => this.say(text("connection-lost")), PATIENCE_MS);
  }

  /** @param {string} words */
  say(words) {
    clearTimeout(this.alarm ?? 0);
    this.alarm = null;
    const lost = element(this.root, "[data-lost]");
    lost.textContent = words;
    lost.hidden = !words;
  }
}

/** @param {HTMLElement} root */
export default function start(root) {
  const following = new Following(root);
  if (following.isOngoing) following.start();
}
