/* The question "How much comes from here?": areas are drawn, their part of the scores is told. */

import { isAsked } from "./ask.js";
import { element, elements } from "./element.js";
import { ready, change, scene } from "./scene.js";
import { outline } from "./outline.js";
import { sketch } from "./sketch.js";
import { Told } from "./told.js";
import { watchOf } from "./watching.js";

/** @typedef {import("./areas.js").Area} Area */

/** @type {("left"|"top"|"right"|"bottom")[]} */
const EDGES = ["left", "top", "right", "bottom"];
/** @type {("region"|"other")[]} */
const AREAS = ["region", "other"];

class Panel {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.told = new Told(root);
    this.inputs = EDGES.map((name) => element(root, `[name=${name}]`, HTMLInputElement));
  }

  /** @param {string} name */
  chosen(name) {
    return element(this.root, `[name=${name}]:checked`, HTMLInputElement).value;
  }

  get which() {
    return /** @type {"region"|"other"} */ (this.chosen("which"));
  }

  get tool() {
    return /** @type {Area["kind"]} */ (this.chosen("tool"));
  }

  get area() {
    return scene.view[this.which];
  }

  /** @param {Area|null} area */
  draw(area) {
    change(this.which === "region" ? { region: area } : { other: area });
  }

  show() {
    this.told.tell(this.area, scene.view);
    if (this.inputs.some((input) => input === document.activeElement)) return; // somebody is typing
    const { area } = this;
    this.inputs.forEach((input, i) => (input.value = area?.kind === "box" ? `${area[EDGES[i]]}` : ""));
  }

  /** Take the edges that were typed, where they are a box on the photo. */
  type() {
    const { image } = scene.explanation;
    const [left, top, right, bottom] = this.inputs.map((input) => input.valueAsNumber);
    const isBox = left >= 0 && top >= 0 && left < right && top < bottom && right <= image.width && bottom <= image.height;
    if (isBox) this.draw({ kind: "box", left, top, right, bottom });
  }
}

/** @param {HTMLElement} root */
export default async function start(root) {
  await ready;
  const panel = new Panel(root);
  const stage = element(document, "[data-stage]");
  const isOn = () => isAsked("region");
  sketch(stage, { isOn, tool: () => panel.tool, area: () => panel.area, draw: (area) => panel.draw(area) });
  for (const input of panel.inputs) input.addEventListener("input", () => panel.type());
  element(root, "[data-clear]").addEventListener("click", () => panel.draw(null));
  root.addEventListener("change", ({ target }) => target instanceof HTMLInputElement && target.name === "which" && panel.show());
  watchOf(({ view, grid, classes }) => [view.ask, view.region, view.other, view.class, view.versus, grid, classes], ({ view }) => {
    for (const name of AREAS) outline(stage, name, isOn() ? view[name] : null);
    if (isOn()) panel.show();
  });
}
