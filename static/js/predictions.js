/* The list of predictions: choosing one shows its map; each has a small map of its own. There may be more than five. */

import { drawMap } from "./colormap.js";
import { fit } from "./geometry.js";
import { bind } from "./keys.js";
import { fixed, percent } from "./numbers.js";
import { change, isAllKnown, ready, scene, watch } from "./scene.js";
import { text } from "./text.js";

const THUMBNAIL_SIDE = 128;
const MOST = 20;
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

const choicesOf = (list) => [...list.querySelectorAll("[data-class]")];
const indexOf = (choice) => Number(choice.dataset.class);

function drawThumbnail(canvas, one) {
  const { explanation, grid, tables, view } = scene;
  const { image: photo } = explanation;
  Object.assign(canvas, fit(photo, THUMBNAIL_SIDE));
  canvas.hidden = false;
  const style = { ...view, threshold: 0, opacity: 0.8 };
  drawMap(canvas, { values: one.values, grid, photo }, style, tables[view.mode][view.colormap]);
}

/** A class's numbers, of the maps in view. */
function tell(choice, one) {
  const find = (name) => choice.querySelector(`.prediction__${name}`);
  find("probability").textContent = percent(one.probability);
  find("share").setAttribute("width", `${100 * one.probability}`);
  find("logit").textContent = text("logit", { value: fixed(one.logit) });
}

/** An entry like the first for another class. */
function entryLike(first, one) {
  const item = first.parentElement.cloneNode(true);
  item.firstElementChild.href = `?class=${one.index}`;
  item.firstElementChild.dataset.class = `${one.index}`;
  item.firstElementChild.removeAttribute("aria-current");
  item.querySelector(".prediction__label").textContent = one.label;
  tell(item.firstElementChild, one);
  item.querySelector("noscript")?.remove();
  return item;
}

/** Up to twenty, the most probable first; those that are there stay. */
async function extend(list) {
  await isAllKnown();
  const there = new Set(choicesOf(list).map(indexOf));
  const best = [...scene.classes.values()].sort((one, other) => other.logit - one.logit).slice(0, MOST);
  const [first] = choicesOf(list);
  list.append(...best.filter(({ index }) => !there.has(index)).map((one) => entryLike(first, one)));
}

function draw(list) {
  for (const choice of choicesOf(list)) {
    drawThumbnail(choice.querySelector("[data-thumbnail]"), scene.classes.get(indexOf(choice)));
  }
}

/** The class so many places further down the list, as far as it goes. */
function step(list, by) {
  const choices = choicesOf(list);
  const at = choices.findIndex((choice) => indexOf(choice) === scene.view.class);
  const next = choices[Math.min(Math.max(at + by, 0), choices.length - 1)];
  change({ class: indexOf(next) });
  return next;
}

function mark(list, view) {
  for (const choice of choicesOf(list)) {
    if (indexOf(choice) === view.class) choice.setAttribute("aria-current", "true");
    else choice.removeAttribute("aria-current");
  }
}

function listen(list) {
  list.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-class]");
    if (!choice || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    change({ class: indexOf(choice) });
  });
  list.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    step(list, STEPS[event.key]).focus();
  });
  bind("j", () => text("class-next"), () => step(list, 1));
  bind("k", () => text("class-previous"), () => step(list, -1));
}

export default async function start(list) {
  await ready;
  listen(list);
  let [drawn, cells] = ["", null];
  watch(({ view, grid }) => {
    mark(list, view);
    const style = `${view.mode} ${view.colormap} ${view.cells}`;
    if (style === drawn && grid === cells) return;
    if (cells !== null && grid !== cells) {
      for (const choice of choicesOf(list)) tell(choice, scene.classes.get(indexOf(choice)));
    }
    [drawn, cells] = [style, grid];
    draw(list);
  });
  const more = document.querySelector("[data-more]");
  more?.addEventListener("click", async () => {
    const count = choicesOf(list).length;
    await extend(list);
    more.hidden = true;
    mark(list, scene.view);
    draw(list);
    choicesOf(list)[count]?.focus();
  });
}
