/* The question "Where exactly?": outlines of several classes at a threshold that is dragged, in numbers and as files. */

import { isAsked } from "./ask.js";
import { chosen, MOST_CLASSES, toggled } from "./chosen.js";
import { THRESHOLD } from "./contours.js";
import { closest, element, elements, given } from "./element.js";
import { Finder } from "./finder.js";
import { finder } from "./found.js";
import { drawHatched, keepWidth } from "./hatching.js";
import { share } from "./numbers.js";
import { saveRegions } from "./regionfiles.js";
import { showRegions, toldOf } from "./regiontable.js";
import { change, classOf, declare, flag, isAllKnown, ready, scene } from "./scene.js";
import { layer } from "./stage.js";
import { text } from "./text.js";
import { Ticks } from "./ticks.js";
import { watchOf } from "./watching.js";

const QUIET_MS = 400; // a dragged threshold is not read out at every step

declare("at", THRESHOLD, { read: (words) => (/^0(\.\d{1,6})?$/.test(words) ? Number(words) : undefined), write: String });
declare("largest", false, flag);

class Panel {
  quiet = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.threshold = element(root, "[data-where-threshold]", HTMLInputElement);
    this.ticks = new Ticks(this.find("classes"), element(root, "template[data-where-template]", HTMLTemplateElement));
    this.regionsOf = finder();
    this.marks = layer(element(document, "[data-stage]"), "where");
    /** @type {import("./regiontable.js").FoundClass[]} */
    this.found = [];
    for (const { index } of scene.explanation.predictions) this.ticks.offer(index);
  }

  /** @param {string} name */
  find(name) {
    return element(this.root, `[data-where-${name}]`);
  }

  /** The regions at the slider's threshold, which may be ahead of the view's while it is dragged. */
  draw() {
    const { view, grid, explanation } = scene;
    const threshold = this.threshold.valueAsNumber;
    this.found = chosen().map(({ index, place }) => {
      const regions = this.regionsOf(classOf(index), grid, explanation.image, threshold);
      return { one: classOf(index), place, regions: view.largest ? regions.slice(0, 1) : regions };
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

  /** Everything as the view has it. @param {import("./view.js").Scene} now */
  show({ view }) {
    this.threshold.value = `${view.at}`;
    for (const radio of elements(this.root, "[name=where-which]", HTMLInputElement)) {
      radio.checked = (radio.value === "largest") === view.largest;
    }
    this.ticks.show();
    const isFull = chosen().length >= MOST_CLASSES;
    this.find("limit").textContent = isFull ? text("where-most", { count: `${MOST_CLASSES}` }) : "";
    this.draw();
  }
}

/** @param {Panel} panel */
function listen(panel) {
  let frame = 0;
  panel.threshold.addEventListener("input", () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => panel.draw());
  });
  panel.root.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    if (target === panel.threshold) change({ at: target.valueAsNumber });
    if (target.name === "where-which") change({ largest: target.value === "largest" });
  });
  panel.root.addEventListener("click", (event) => {
    const kind = /** @type {"coco"|"voc"|"mask"|undefined} */ (closest(event, "[data-export]")?.dataset.export);
    if (kind) saveRegions(kind, panel.found, given(panel.root, "fileName"));
  });
}

/** @param {HTMLElement} root */
export default async function start(root) {
  await ready;
  const panel = new Panel(root);
  listen(panel);
  keepWidth(element(document, "[data-stage]"), elements(document, "[data-angle]", SVGElement), scene.explanation.image);
  watchOf(({ view, classes }) => [view.ask, view.at, view.largest, view.outlined, view.class, classes], () => {
    if (isAsked("where")) panel.show(scene);
    else drawHatched(panel.marks, []);
  });
  if (!(await isAllKnown())) return;
  const others = () => [...scene.classes.values()].filter(({ index }) => !chosen().some((one) => one.index === index));
  const field = new Finder(element(panel.find("finder"), "[data-finder]"), others, (index) => {
    if (chosen().length < MOST_CLASSES) change({ outlined: toggled(index, true) });
    field.show("");
  });
  if (isAsked("where")) panel.show(scene);
}
