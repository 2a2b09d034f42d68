/* One place on all panels: pointed at, or reached by arrow keys; every panel says its value there. */

import { isStep, markCell, stepped, valueAt } from "./cells.js";
import { change, linked, watch } from "./linked.js";
import { signed } from "./numbers.js";
import { mapOf, stagesOf } from "./panelmap.js";
import { onPhoto } from "./stage.js";
import { text } from "./text.js";
import { following } from "./zoom.js";

const stageOf = (event) => event.target.closest("[data-stage-panel]");
const relative = (place, { width, height }) => place && { x: place.x / width, y: place.y / height };
const onThis = (place, { width, height }) => place && { x: place.x * width, y: place.y * height };

function tell(root, place) {
  const lines = stagesOf(root).map((stage) => {
    const map = mapOf(stage);
    const here = onThis(place, map.photo);
    markCell(stage, map, map.photo, here);
    const panel = stage.closest("[data-panel]");
    const value = here && signed(valueAt(map, here));
    const output = panel.querySelector("[data-value]");
    output.textContent = here ? text("panel-here", { value }) : output.dataset.span;
    output.classList.toggle("pane__value--here", here !== null);
    const line = document.createElement("li");
    line.textContent = here ? text("panel-value", { number: panel.dataset.panel, value }) : "";
    return line;
  });
  root.querySelector("[data-values]").replaceChildren(...(place ? lines : []));
}

function step(stage, event) {
  const map = mapOf(stage);
  const next = stepped(map, map.photo, onThis(linked.place, map.photo), event.key);
  const place = relative(next, map.photo);
  change({ place, view: following(linked.view, place) });
}

/** @param {HTMLElement} root */
export default function start(root) {
  const follow = (event) => {
    const stage = stageOf(event);
    if (!stage) return;
    const { photo } = mapOf(stage);
    change({ place: relative(onPhoto(stage, photo, event), photo) });
  };
  root.addEventListener("pointerdown", follow);
  root.addEventListener("pointermove", follow);
  root.addEventListener("pointerout", (event) => {
    const stage = stageOf(event);
    const isLeaving = stage && event.pointerType === "mouse" && !stage.contains(event.relatedTarget);
    if (isLeaving) change({ place: null });
  });
  root.addEventListener("focusout", (event) => {
    if (stageOf(event)) change({ place: null });
  });
  root.addEventListener("keydown", (event) => {
    const stage = stageOf(event);
    if (stage && event.key === "Escape") change({ place: null });
    if (!stage || !isStep(event) || event.shiftKey) return;
    event.preventDefault();
    step(stage, event);
  });
  watch(({ place }) => tell(root, place));
}
