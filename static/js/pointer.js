/* One place on all panels: pointed at, or reached by arrow keys; every panel says its value there. */

import { isStep, markCell, stepped, valueAt } from "./cells.js";
import { closest, element } from "./element.js";
import { change, linked, watch } from "./linked.js";
import { signed } from "./numbers.js";
import { mapOf, panelOf, stagesOf } from "./panelmap.js";
import { onPhoto, whenElsewhere } from "./stage.js";
import { text } from "./text.js";
import { following } from "./zoom.js";

/** @typedef {import("./cells.js").Place} Place */
/** @typedef {import("./coverage.js").Photo} Photo */

/** @param {Event} event */
const stageOf = (event) => closest(event, "[data-stage-panel]");
/** @type {(place: Place, photo: Photo) => Place} */
const relative = (place, { width, height }) => ({ x: place.x / width, y: place.y / height });
/** @type {(place: Place|null, photo: Photo) => Place|null} */
const onThis = (place, { width, height }) => place && { x: place.x * width, y: place.y * height };

/** @param {HTMLElement} root @param {Place|null} place in shares of the photo */
function tell(root, place) {
  const lines = stagesOf(root).map((stage) => {
    const map = mapOf(stage);
    const here = onThis(place, map.photo);
    markCell(stage, map, map.photo, here);
    const panel = panelOf(stage);
    const value = here ? signed(valueAt(map, here)) : "";
    const output = element(panel, "[data-value]");
    output.textContent = here ? text("panel-here", { value }) : output.dataset.span ?? "";
    output.classList.toggle("pane__value--here", here !== null);
    const line = document.createElement("li");
    line.textContent = here ? text("panel-value", { number: `${panel.dataset.panel}`, value }) : "";
    return line;
  });
  element(root, "[data-values]").replaceChildren(...(place ? lines : []));
}

/** @param {HTMLElement} stage @param {KeyboardEvent} event */
function step(stage, event) {
  const map = mapOf(stage);
  const next = stepped(map, map.photo, onThis(linked.place, map.photo), event.key);
  const place = relative(next, map.photo);
  change({ place, view: following(linked.view, place) });
}

/** @param {HTMLElement} root */
export default function start(root) {
  /** @param {PointerEvent} event */
  const follow = (event) => {
    const stage = stageOf(event);
    if (!stage) return;
    const { photo } = mapOf(stage);
    const place = onPhoto(stage, photo, event);
    change({ place: place && relative(place, photo) });
  };
  root.addEventListener("pointerdown", follow);
  root.addEventListener("pointermove", follow);
  root.addEventListener("pointerout", (event) => {
    const stage = stageOf(event);
    const isLeaving = stage && event.pointerType === "mouse" && !stage.contains(/** @type {Node|null} */ (event.relatedTarget));
    if (isLeaving) change({ place: null });
  });
  whenElsewhere("[data-stage-panel], button", () => change({ place: null }));
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
