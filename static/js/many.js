/* Many photos at once: choose or drop them, and see each as soon as it is explained. */

import { alarm } from "./alert.js";
import { album, change, keep, restore, startOver } from "./album.js";
import { List } from "./album-list.js";
import { Progress } from "./album-progress.js";
import { Queue } from "./album-queue.js";
import { recall } from "./album-recall.js";
import { table } from "./album-table.js";
import { tools } from "./album-tools.js";
import { getJson, reasonOf } from "./api.js";
import { tablesFrom } from "./colormap.js";
import { filesChosen, isPicture } from "./dropped.js";
import { element, elements, given, parts } from "./element.js";
import { takeFiles } from "./intake.js";
import { mapOf, shotOf } from "./shot.js";
import { text } from "./text.js";

/** @typedef {import("./dropped.js").Found} Found */

class Album {
  frame = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.find = parts(root);
    this.tables = getJson(given(root, "colormapsUrl")).then(tablesFrom);
    this.tables.catch((error) => alarm(text("loading-failed", { reason: reasonOf(error) }), root));
    this.list = new List(root, this.tables);
    this.queue = new Queue(given(root, "explainUrl"), {
      changed: () => this.changed(),
      explained: (explanation, photo) => this.show(explanation, photo),
      slow: (reason) => this.progress.slow(reason),
      halted: (reason) => alarm(text("album-halted", { reason }), root),
    });
    this.progress = new Progress(root, this.queue);
    tools(root);
    table(root);
  }

  /** The queue changed, maybe often at a time. */
  changed() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.progress.draw());
  }

  /** Write down what is there, and what is not explained yet. */
  keep() {
    const { waiting, onTheWay, failures } = this.queue;
    const photos = [...onTheWay, ...waiting, ...failures.map(({ photo }) => photo)];
    album.lost = photos.map(({ name }) => name);
    keep();
  }

  /** @param {Found[]} found */
  take(found) {
    if (found.length === 0) return;
    alarm("", this.root);
    this.find("undo").hidden = true;
    const photos = found.map(({ file, folders }, place) => {
      return { file, name: [...folders, file.name].join("/"), order: album.next + place };
    });
    album.next += photos.length;
    const network = /** @type {HTMLSelectElement|null} */ (this.root.querySelector("[data-network]")); // there may be one alone
    this.queue.add(photos.filter(({ file }) => isPicture(file)), network?.value ?? "");
    this.queue.refuse(photos.filter(({ file }) => !isPicture(file)), text("no-picture"));
  }

  /** @param {import("./shot.js").Explained} explanation @param {{name: string, order: number}} photo */
  show(explanation, photo) {
    album.maps.set(explanation.id, mapOf(explanation));
    change({ shots: [...album.shots, shotOf(explanation, photo)] });
  }

  /** Ask for the maps of what was explained before a reload. */
  recall() {
    recall(given(this.root, "explainUrl"), {
      arrived: (id) => this.list.arrived(id),
      failed: (reason) => alarm(text("loading-failed", { reason }), this.root),
    });
  }

  /** Empty the page; what was explained stays in the history. */
  startOver() {
    const back = [this.queue.startOver(), startOver()];
    alarm("", this.root);
    const undo = this.find("undo");
    undo.hidden = false;
    element(undo, "button").focus();
    this.find("undo-now").onclick = () => {
      for (const step of back) step();
      undo.hidden = true;
      this.recall();
      requestAnimationFrame(() => this.find("sort").focus()); // which is there again by then
    };
  }
}

/** @type {Album} */
let many;

/** @param {Found[]} found files of another page */
export function take(found) {
  many.take(found);
}

/** @param {HTMLElement} root */
export default function start(root) {
  many = new Album(root);
  restore();
  const { opened, lost, next } = album;
  album.next += lost.length;
  many.queue.refuse(lost.map((name, place) => ({ name, file: null, order: next + place })), text("album-lost"));
  for (const input of elements(root, "[data-files]", HTMLInputElement)) {
    input.addEventListener("change", () => {
      many.take(filesChosen(input));
      input.value = "";
    });
  }
  takeFiles(take, (isOver) => root.classList.toggle("album--over", isOver));
  root.hidden = false;
  many.find("start-over").addEventListener("click", () => many.startOver());
  many.recall();
  if (opened) many.list.reveal(opened);
  addEventListener("pagehide", () => many.keep());
  document.addEventListener("visibilitychange", () => many.keep()); // a hidden page may be ended without a word
  const here = location.pathname;
  addEventListener("popstate", () => {
    if (location.pathname !== here) location.reload(); // back to the page that became this one: see album-door.js
  });
  addEventListener("beforeunload", (event) => {
    if (many.queue.isBusy && !many.queue.isStopped) event.preventDefault();
  });
}
