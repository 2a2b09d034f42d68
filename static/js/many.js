/* Many photos at once: choose or drop them, and see each as soon as it is explained. */

import { alarm } from "./alert.js";
import { album, change, keep, restore, startOver } from "./album.js";
import { List } from "./album-list.js";
import { Progress } from "./album-progress.js";
import { Queue } from "./album-queue.js";
import { table } from "./album-table.js";
import { tools } from "./album-tools.js";
import { Refusal, getJson, reasonOf } from "./api.js";
import { tablesFrom } from "./colormap.js";
import { filesChosen, isPicture } from "./dropped.js";
import { takeFiles } from "./intake.js";
import { Lane, patiently } from "./patience.js";
import { mapOf, shotOf } from "./shot.js";
import { text } from "./text.js";

const AT_ONCE = 2;

/** @typedef {import("./dropped.js").Found} Found */

class Album {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.tables = getJson(root.dataset.colormapsUrl).then(tablesFrom);
    this.tables.catch((error) => alarm(text("loading-failed", { reason: reasonOf(error) }), root));
    this.list = new List(root, this.tables);
    this.queue = new Queue(root.dataset.explainUrl, {
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
    this.queue.add(photos.filter(({ file }) => isPicture(file)), this.find("network")?.value ?? "");
    this.queue.refuse(photos.filter(({ file }) => !isPicture(file)), text("no-picture"));
  }

  show(explanation, photo) {
    album.maps.set(explanation.id, mapOf(explanation));
    change({ shots: [...album.shots, shotOf(explanation, photo)] });
  }

  /** Ask for the maps of what was explained before a reload; what is gone leaves the page. */
  recall() {
    const lane = new Lane(AT_ONCE);
    for (const { id } of album.shots) {
      lane.add(async () => {
        try {
          await this.ask(id);
        } catch (error) {
          lane.waiting = []; // it would not go better with the others
          alarm(text("loading-failed", { reason: reasonOf(error) }), this.root);
        }
      });
    }
  }

  async ask(id) {
    try {
      album.maps.set(id, mapOf(await patiently(() => getJson(`${this.root.dataset.explainUrl}/${id}`))));
      this.list.arrived(id);
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 404) throw error;
      change({ shots: album.shots.filter((one) => one.id !== id) });
    }
  }

  /** Empty the page; what was explained stays in the history. */
  startOver() {
    const back = [this.queue.startOver(), startOver()];
    alarm("", this.root);
    const undo = this.find("undo");
    undo.hidden = false;
    undo.querySelector("button").focus();
    this.find("undo-now").onclick = () => {
      for (const step of back) step();
      undo.hidden = true;
      this.recall();
      requestAnimationFrame(() => this.find("sort").focus()); // which is there again by then
    };
  }
}

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
  for (const input of root.querySelectorAll("[data-files]")) {
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
