/* The question "Where exactly?": outlines of several classes at a threshold that is dragged, in numbers and as files. */

import { isAsked } from "./ask.js";
import { chosen, MOST_CLASSES, toggled } from "./chosen.js";
import { THRESHOLD } from "./contours.js";
import { Finder } from "./finder.js";
import { finder } from "./found.js";
import { drawHatched, keepWidth } from "./hatching.js";
import { share } from "./numbers.js";
import { saveRegions } from "./regionfiles.js";
import { showRegions, toldOf } from "./regiontable.js";
import { change, declare, flag, isAllKnown, ready, scene, watch } from "./scene.js";
import { layer } from "./stage.js";
import { text } from "./text.js";
import { Ticks } from "./ticks.js";

const QUIET_MS = 400; // a dragged threshold is not read out at every step

declare("at", THRESHOLD, { read: (words) => (/^0(\.\d{1,6})?$/.test(words) ? Number(words) : undefined), write: String });
declare("largest", false, flag);

class Panel {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-where-${name}]`);
    this.threshold = this.find("threshold");
    this.ticks = new Ticks(this.find("classes"), this.find("template"));
    this.regionsOf = finder();
    this.marks = layer(document.querySelector("[data-stage]"), "where");
    this.found = [];
    for (const { index } of scene.explanation.predictions) this.ticks.offer(index);
  }

  /** The regions at the slider's threshold, which may be ahead of the view's while it is dragged. */
  draw() {
    const { view, grid, classes, explanation } = scene;
    const threshold = this.threshold.valueAsNumber;
    this.found = chosen().map(({ index, place }) => {
      const regions = this.regionsOf(classes.get(index), grid, explanation.image, threshold);
      return { one: classes.get(index), place, regions: view.largest ? regions.slice(0, 1) : regions };
    });
    this.find("output").textContent = share(threshold);
    drawHatched(this.marks, this.found);
    showRegions(this.find("rows"), this.find("more"), this.found);
    this.find("export").hidden = this.found.every(({ regions }) => regions.length === 0);
    this.marks.setAttribute("data-drawn", `${threshold}`);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.find("told").textContent = toldOf(this.found);
    }, QUIET_MS);
  }

  /** Everything as the view has it. */
  show({ view }) {
    this.threshold.value = view.at;
    for (const radio of this.root.querySelectorAll("[name=where-which]")) {
      radio.checked = (radio.value === "largest") === view.largest;
    }
    this.ticks.show();
    const isFull = chosen().length >= MOST_CLASSES;
    this.find("limit").textContent = isFull ? text("where-most", { count: `${MOST_CLASSES}` }) : "";
    this.draw();
  }
}

function listen(panel) {
  let frame = 0;
  panel.threshold.addEventListener("input", () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => panel.draw());
  });
  panel.root.addEventListener("change", ({ target }) => {
    if (target === panel.threshold) change({ at: target.valueAsNumber });
    if (target.name === "where-which") change({ largest: target.value === "largest" });
  });
  panel.root.addEventListener("click", ({ target }) => {
    const kind = target.closest("[data-export]")?.dataset.export;
    if (kind) saveRegions(kind, panel.found, scene.explanation.image, panel.root.dataset.fileName);
  });
}

export default async function start(root) {
  await ready;
  const panel = new Panel(root);
  listen(panel);
  keepWidth(document.querySelector("[data-stage]"), document.querySelectorAll("[data-angle]"), scene.explanation.image);
  watch(() => {
    if (isAsked("where")) panel.show(scene);
    else drawHatched(panel.marks, []);
  });
  if (!(await isAllKnown())) return;
  const others = () => [...scene.classes.values()].filter(({ index }) => !chosen().some((one) => one.index === index));
  const field = new Finder(panel.find("finder").querySelector("[data-finder]"), others, (index) => {
    if (chosen().length < MOST_CLASSES) change({ outlined: toggled(index, true) });
    field.show("");
  });
  if (isAsked("where")) panel.show(scene);
}
