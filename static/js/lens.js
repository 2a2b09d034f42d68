/* Zoom and pan of all panels at once: by wheel, by two fingers, by dragging, by keys and by buttons. */

import { closest, element, elements } from "./element.js";
import { bind } from "./keys.js";
import { change, linked, watch } from "./linked.js";
import { fixed } from "./numbers.js";
import { photoOf } from "./panelmap.js";
import { onPhoto } from "./stage.js";
import { text } from "./text.js";
import { frameOf, offsetOf, panned, read, STEP, WHOLE, written, zoomed } from "./zoom.js";

/** @typedef {import("./stage.js").Pointed} Pointed */

const WHEEL = 0.002; // of the logarithm, per pixel
const LINE_PX = 16;
const PAN = 0.2; // of what is in view, per key
const REMEMBER_MS = 400; // browsers limit how often the history is written
/** @type {Record<string, [number, number]>} across, down */
const PANS = { ArrowLeft: [-PAN, 0], ArrowRight: [PAN, 0], ArrowUp: [0, -PAN], ArrowDown: [0, PAN] };
/** @type {Record<string, number>} */
const BESIDE = { "=": STEP, _: 1 / STEP }; // plus and minus without or with Shift, where they share a key

/** @param {Event} event */
const stageOf = (event) => closest(event, "[data-stage-panel]");
/** @type {(factor: number, at?: {x: number, y: number}|null) => void} */
const zoom = (factor, at) => change({ view: zoomed(linked.view, factor, at ?? undefined) });

/** Where the photo lies in its stage when it is not enlarged, in pixels of the screen. @param {Element} stage */
function frameIn(stage) {
  const box = { width: stage.clientWidth, height: stage.clientHeight };
  return { box, frame: frameOf(box, photoOf(stage), stage.classList.contains("stage--stretched")) };
}

/** A place of the screen in shares of the photo that is there; null beside it. @param {Element} stage @param {Pointed} point */
function shareAt(stage, point) {
  const photo = photoOf(stage);
  const place = onPhoto(stage, photo, point);
  return place && { x: place.x / photo.width, y: place.y / photo.height };
}

/** @param {HTMLElement} root @param {import("./zoom.js").View} view */
function apply(root, view) {
  root.style.setProperty("--zoom", `${view.scale}`);
  root.classList.toggle("panels--enlarged", view.scale > 1);
  const lenses = elements(root, "[data-lens]");
  const isEnlarged = view.scale > 1;
  const stages = lenses.map((lens) => /** @type {HTMLElement} */ (lens.parentElement));
  const frames = isEnlarged ? stages.map(frameIn) : []; // all before any is moved
  lenses.forEach((lens, i) => {
    const { x, y } = isEnlarged ? offsetOf(view, frames[i].box, frames[i].frame) : { x: 0, y: 0 };
    lens.style.transform = isEnlarged ? `translate(${x}px, ${y}px) scale(${view.scale})` : "none";
  });
  element(root, "[data-times]").textContent =
    view.scale > 1 ? text("panels-zoom", { times: fixed(view.scale, 1) }) : "";
  for (const link of elements(document, "[data-with-view]", HTMLAnchorElement)) link.hash = written(view);
}

/** @param {HTMLElement} root */
function byWheel(root) {
  /** @param {WheelEvent} event */
  const turn = (event) => {
    const stage = stageOf(event);
    const isMeant = event.ctrlKey || event.metaKey || stage === document.activeElement;
    if (!stage || !isMeant || (linked.view.scale === 1 && event.deltaY > 0)) return; // then the page scrolls
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_PX : event.deltaY;
    zoom(Math.exp(-pixels * WHEEL), shareAt(stage, event));
  };
  root.addEventListener("wheel", turn, { passive: false });
}

/** One pointer moves the enlarged picture, two enlarge it. @param {HTMLElement} root */
function byPointers(root) {
  /** @type {Map<number, Pointed>} */
  const held = new Map();
  /** @param {Pointed[]} points */
  const middle = (points) => ({
    clientX: points.reduce((sum, one) => sum + one.clientX, 0) / points.length,
    clientY: points.reduce((sum, one) => sum + one.clientY, 0) / points.length,
  });
  /** @param {Pointed[]} points */
  const spread = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  root.addEventListener("pointerdown", (event) => {
    const stage = stageOf(event);
    if (!stage || event.button !== 0) return;
    held.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
    stage.setPointerCapture(event.pointerId);
  });
  root.addEventListener("pointermove", (event) => {
    const stage = stageOf(event);
    if (!stage || !held.has(event.pointerId) || held.size > 2) return;
    const before = [...held.values()];
    held.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
    const after = [...held.values()];
    const [from, to] = [middle(before), middle(after)];
    const { frame } = frameIn(stage);
    const [across, down] = [(from.clientX - to.clientX) / frame.width, (from.clientY - to.clientY) / frame.height];
    const view = panned(linked.view, across, down);
    const factor = after.length === 2 ? spread(after) / Math.max(spread(before), 1) : 1;
    change({ view: factor === 1 ? view : zoomed(view, factor, shareAt(stage, to) ?? undefined) });
  });
  /** @param {PointerEvent} event */
  const release = (event) => held.delete(event.pointerId);
  root.addEventListener("pointerup", release);
  root.addEventListener("pointercancel", release);
  root.addEventListener("lostpointercapture", release);
}

/** @param {HTMLElement} root */
function byKeys(root) {
  root.addEventListener("keydown", (event) => {
    if (!stageOf(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const isPan = event.shiftKey && event.key in PANS;
    if (!isPan && !(event.key in BESIDE)) return;
    event.preventDefault();
    if (isPan) change({ view: panned(linked.view, ...PANS[event.key]) });
    else zoom(BESIDE[event.key], linked.place);
  });
  bind("+", () => text("key-zoom-in"), () => zoom(STEP, linked.place));
  bind("-", () => text("key-zoom-out"), () => zoom(1 / STEP, linked.place));
  bind("0", () => text("key-zoom-whole"), () => change({ view: WHOLE }));
}

/** @param {HTMLElement} root */
export default function start(root) {
  byWheel(root);
  byPointers(root);
  byKeys(root);
  root.addEventListener("click", (event) => {
    const kind = closest(event, "[data-zoom]")?.dataset.zoom;
    if (kind === "whole") change({ view: WHOLE });
    else if (kind) zoom(kind === "in" ? STEP : 1 / STEP);
  });
  change({ view: read(location.hash) });
  const remember = () => {
    const wanted = written(linked.view);
    if (location.hash !== wanted) history.replaceState(history.state, "", `${location.pathname}${location.search}${wanted}`);
  };
  let remembering = 0;
  watch(({ view }) => {
    apply(root, view);
    clearTimeout(remembering);
    remembering = setTimeout(remember, REMEMBER_MS);
  });
  window.addEventListener("pagehide", remember);
  new ResizeObserver(() => apply(root, linked.view)).observe(root);
}
