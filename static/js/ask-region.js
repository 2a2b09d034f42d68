/* The question "How much comes from here?": areas are drawn, their part of the scores is told. */

import { isAsked } from "./ask.js";
import { ready, change, scene, watch } from "./scene.js";
import { outline } from "./outline.js";
import { sketch } from "./sketch.js";
import { Told } from "./told.js";

const EDGES = ["left", "top", "right", "bottom"];
const AREAS = ["region", "other"];

class Panel {
  constructor(root) {
    this.root = root;
    this.told = new Told(root);
    this.inputs = EDGES.map((name) => root.querySelector(`[name=${name}]`));
  }

  chosen(name) {
    return this.root.querySelector(`[name=${name}]:checked`).value;
  }

  get area() {
    return scene.view[this.chosen("which")];
  }

  draw(area) {
    change({ [this.chosen("which")]: area });
  }

  show() {
    this.told.tell(this.area, scene.view);
    if (this.inputs.includes(document.activeElement)) return; // somebody is typing
    for (const input of this.inputs) input.value = this.area?.kind === "box" ? this.area[input.name] : "";
  }

  /** Take the edges that were typed, where they are a box on the photo. */
  type() {
    const { image } = scene.explanation;
    const [left, top, right, bottom] = this.inputs.map((input) => input.valueAsNumber);
    const isBox = left >= 0 && top >= 0 && left < right && top < bottom && right <= image.width && bottom <= image.height;
    if (isBox) this.draw({ kind: "box", left, top, right, bottom });
  }
}

export default async function start(root) {
  await ready;
  const panel = new Panel(root);
  const stage = document.querySelector("[data-stage]");
  const isOn = () => isAsked("region");
  sketch(stage, { isOn, tool: () => panel.chosen("tool"), area: () => panel.area, draw: (area) => panel.draw(area) });
  for (const input of panel.inputs) input.addEventListener("input", () => panel.type());
  root.querySelector("[data-clear]").addEventListener("click", () => panel.draw(null));
  root.addEventListener("change", ({ target }) => target.name === "which" && panel.show());
  watch(({ view }) => {
    for (const name of AREAS) outline(stage, name, isOn() ? view[name] : null);
    if (isOn()) panel.show();
  });
}
