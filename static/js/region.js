/* A region drawn on the maps, by pointer, by keyboard or by its edges in numbers, and what lies in it. */

import { isStep, stepped } from "./cells.js";
import { element } from "./element.js";
import { cutTo } from "./evidence.js";
import { change, facing, watch } from "./facing.js";
import { cellArea, cellAt } from "./geometry.js";
import { tellShares } from "./regiontold.js";
import { onPhoto } from "./stage.js";
import { text } from "./text.js";

/** @typedef {import("./coverage.js").Region} Region */
/** @typedef {import("./cells.js").Place} Place */

/** @type {("left"|"top"|"right"|"bottom")[]} */
const EDGES = ["left", "top", "right", "bottom"];
const LEAST_DRAG = 4; // screen pixels; less is a click

/** Whole pixels on photos that have enough of them. @type {(region: Region, photo: import("./coverage.js").Photo) => Region} */
function rounded(region, { width, height }) {
  const unit = Math.min(width, height) >= 64 ? 1 : 100;
  return regionFrom(EDGES.map((name) => Math.round(region[name] * unit) / unit));
}

/** @param {number[]} edges left, top, right, bottom */
function regionFrom([left, top, right, bottom]) {
  return { left, top, right, bottom };
}

/** @type {(one: Region, other: Region) => Region} */
function around(one, other) {
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

/** @param {Region} region */
function draw(region) {
  change({ region: cutTo(facing.photo, rounded(region, facing.photo)) });
}

/** @param {HTMLElement} panel */
function byPointer(panel) {
  /** @type {{place: Place, x: number, y: number}|null} */
  let start = null;
  panel.addEventListener("pointerdown", (event) => {
    const place = event.button === 0 ? onPhoto(panel, facing.photo, event) : null;
    start = place && { place, x: event.clientX, y: event.clientY };
    if (start) panel.setPointerCapture(event.pointerId);
  });
  panel.addEventListener("pointermove", (event) => {
    const place = start && onPhoto(panel, facing.photo, event);
    if (!start || !place || Math.hypot(event.clientX - start.x, event.clientY - start.y) < LEAST_DRAG) return;
    /** @type {(place: Place) => Region} */
    const point = ({ x, y }) => ({ left: x, top: y, right: x, bottom: y });
    draw(around(point(start.place), point(place)));
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    panel.addEventListener(kind, () => {
      start = null;
    });
  }
}

/** @param {HTMLElement} panel @param {import("./facing.js").FacingMap} map */
function byKeyboard(panel, map) {
  /** @type {Place|null} */
  let anchor = null;
  /** @param {Place} place */
  const areaAt = ({ x, y }) => {
    const area = cellArea(map.grid, cellAt(map.grid, x, y), facing.photo);
    return { left: area.x, top: area.y, right: area.x + area.width, bottom: area.y + area.height };
  };
  /** @param {string} key */
  const next = (key) => stepped(map, facing.photo, facing.place, key);
  panel.addEventListener("keydown", (event) => {
    if (!event.shiftKey) anchor = null;
    if (!event.shiftKey || !isStep(event)) return;
    event.preventDefault();
    anchor ??= facing.place ?? next(event.key);
    const place = facing.place === null ? anchor : next(event.key);
    change({ place });
    draw(around(areaAt(anchor), areaAt(place)));
  });
}

/** @param {HTMLElement} fields @param {HTMLElement} note */
function byNumbers(fields, note) {
  const inputs = EDGES.map((name) => element(fields, `[name=${name}]`, HTMLInputElement));
  fields.addEventListener("input", () => {
    const isEmpty = inputs.every(({ value }) => value.trim() === "");
    const isWhole = inputs.every(({ value }) => value.trim() !== "");
    const edges = inputs.map(({ valueAsNumber }) => valueAsNumber);
    const region = isWhole ? cutTo(facing.photo, regionFrom(edges)) : null;
    change({ region });
    if (!isEmpty && isWhole && region === null) note.textContent = text("region-wrong");
  });
  const clear = element(fields, "[data-clear-region]");
  clear.addEventListener("click", () => {
    for (const input of inputs) input.value = "";
    change({ region: null });
  });
  watch(({ region }) => {
    clear.hidden = region === null && inputs.every(({ value }) => value === "");
    if (region === null || fields.contains(document.activeElement)) return;
    inputs.forEach((input, i) => (input.value = `${region[EDGES[i]]}`));
  });
}

/** @param {HTMLElement} root @param {import("./compare.js").Panel[]} panels */
export function drawRegions(root, panels) {
  const note = element(root, "[data-region-note]");
  const row = element(root, "[data-share=drawn]");
  for (const [panel, map] of panels) {
    byPointer(panel);
    byKeyboard(panel, map);
  }
  watch(({ region }) => tellShares(row, note, region));
  byNumbers(element(root, "[data-region-fields]"), note);
}
