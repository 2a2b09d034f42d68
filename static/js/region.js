/* A region drawn on the maps, by pointer, by keyboard or by its edges in numbers, and what lies in it. */

import { isStep, stepped } from "./cells.js";
import { cutTo, shares } from "./evidence.js";
import { change, facing, watch } from "./facing.js";
import { cellArea, cellAt } from "./geometry.js";
import { fixed, percent } from "./numbers.js";
import { onPhoto } from "./stage.js";
import { text } from "./text.js";

const EDGES = ["left", "top", "right", "bottom"];
const LEAST_DRAG = 4; // screen pixels; less is a click
const LEAST_POINTS = 0.05;
const DASH = "–";

const word = (share) => (share === null ? DASH : percent(share));

/** Whole pixels on photos that have enough of them. */
function rounded(region, { width, height }) {
  const unit = Math.min(width, height) >= 64 ? 1 : 100;
  return Object.fromEntries(EDGES.map((name) => [name, Math.round(region[name] * unit) / unit]));
}

function around(one, other) {
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

function draw(region) {
  change({ region: cutTo(facing.photo, rounded(region, facing.photo)) });
}

function byPointer(panel) {
  let start = null;
  panel.addEventListener("pointerdown", (event) => {
    const place = event.button === 0 && onPhoto(panel, facing.photo, event);
    start = place && { place, x: event.clientX, y: event.clientY };
    if (start) panel.setPointerCapture(event.pointerId);
  });
  panel.addEventListener("pointermove", (event) => {
    const place = start && onPhoto(panel, facing.photo, event);
    if (!place || Math.hypot(event.clientX - start.x, event.clientY - start.y) < LEAST_DRAG) return;
    const point = ({ x, y }) => ({ left: x, top: y, right: x, bottom: y });
    draw(around(point(start.place), point(place)));
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    panel.addEventListener(kind, () => {
      start = null;
    });
  }
}

function byKeyboard(panel, map) {
  let anchor = null;
  const areaAt = ({ x, y }) => {
    const area = cellArea(map.grid, cellAt(map.grid, x, y), facing.photo);
    return { left: area.x, top: area.y, right: area.x + area.width, bottom: area.y + area.height };
  };
  const next = (key) => stepped(map, facing.photo, facing.place, key);
  panel.addEventListener("keydown", (event) => {
    if (!event.shiftKey) anchor = null;
    if (!event.shiftKey || !isStep(event)) return;
    event.preventDefault();
    anchor ??= facing.place ?? next(event.key);
    change({ place: facing.place === null ? anchor : next(event.key) });
    draw(around(areaAt(anchor), areaAt(facing.place)));
  });
}

function byNumbers(fields, note) {
  const inputs = EDGES.map((name) => fields.querySelector(`[name=${name}]`));
  fields.addEventListener("input", () => {
    const isEmpty = inputs.every(({ value }) => value.trim() === "");
    const isWhole = inputs.every(({ value }) => value.trim() !== "");
    const edges = Object.fromEntries(inputs.map(({ name, valueAsNumber }) => [name, valueAsNumber]));
    const region = isWhole ? cutTo(facing.photo, edges) : null;
    change({ region });
    if (!isEmpty && isWhole && region === null) note.textContent = text("region-wrong");
  });
  const clear = fields.querySelector("[data-clear-region]");
  clear.addEventListener("click", () => {
    for (const input of inputs) input.value = "";
    change({ region: null });
  });
  watch(({ region }) => {
    clear.hidden = region === null && inputs.every(({ value }) => value === "");
    if (region === null || fields.contains(document.activeElement)) return;
    for (const input of inputs) input.value = region[input.name];
  });
}

function sentenceOf(region, before, after) {
  const { photo, comparison } = facing;
  const names = {
    region: text("region-drawn"),
    area: percent(((region.right - region.left) * (region.bottom - region.top)) / (photo.width * photo.height)),
    before: word(before),
    after: word(after),
    label: comparison.before.chosen.label,
  };
  if (before === null || after === null) return text("share-none", names);
  const points = 100 * Math.abs(after - before);
  if (points < LEAST_POINTS) return text("share-same", names);
  return text(after > before ? "share-more" : "share-fewer", { ...names, points: fixed(points, 1) });
}

function tellShares(row, note, region) {
  row.hidden = region === null;
  note.textContent = region === null ? text("no-region") : "";
  if (region === null) return;
  const { maps, photo } = facing;
  const [before, after] = [maps.before, maps.after].map(({ values, grid }) => shares(values, grid, photo, region));
  row.querySelector("[data-share-sentence]").textContent = sentenceOf(region, before.given, after.given);
  const found = [before.given, after.given, before.taken, after.taken];
  row.querySelectorAll("[data-bar]").forEach((bar, i) => {
    bar.querySelector("[data-bar-share]").setAttribute("width", 100 * (found[i] ?? 0));
    bar.querySelector("[data-bar-words]").textContent = word(found[i]);
  });
}

/** @param {[HTMLElement, object][]} panels each with its map */
export function drawRegions(root, panels) {
  const note = root.querySelector("[data-region-note]");
  const row = root.querySelector("[data-share=drawn]");
  for (const [panel, map] of panels) {
    byPointer(panel);
    byKeyboard(panel, map);
  }
  watch(({ region }) => tellShares(row, note, region));
  byNumbers(root.querySelector("[data-region-fields]"), note);
}
