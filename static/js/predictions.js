/* The list of predictions: choosing one shows its map; each has a small map of its own. There may be more than five. */

import { drawMap } from "./colormap.js";
import { closest, element, elements } from "./element.js";
import { fit } from "./geometry.js";
import { bind } from "./keys.js";
import { fixed, percent } from "./numbers.js";
import { change, classOf, isAllKnown, ready, scene } from "./scene.js";
import { topClasses } from "./scores.js";
import { text } from "./text.js";
import { watchOf } from "./watching.js";

const THUMBNAIL_SIDE = 128;
const MOST = 20;
/** @typedef {import("./view.js").ClassMap} ClassMap */

/** @type {Record<string, number>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** @param {HTMLElement} list */
const choicesOf = (list) => elements(list, "[data-class]");
/** @param {HTMLElement} choice */
const indexOf = (choice) => Number(choice.dataset.class);

/** @param {HTMLCanvasElement} canvas @param {ClassMap} one */
function drawThumbnail(canvas, one) {
  const { explanation, grid, tables, view } = scene;
  const { image: photo } = explanation;
  Object.assign(canvas, fit(photo, THUMBNAIL_SIDE));
  canvas.hidden = false;
  const style = { ...view, threshold: 0, opacity: 0.8 };
  drawMap(canvas, { values: one.values, grid, photo }, style, tables[view.mode][view.colormap]);
}

/** A class's numbers, of the maps in view. @param {HTMLElement} choice @param {ClassMap} one */
function tell(choice, one) {
  /** @param {string} name */
  const find = (name) => element(choice, `.prediction__${name}`, Element);
  find("probability").textContent = percent(one.probability);
  find("share").setAttribute("width", `${100 * one.probability}`);
  find("logit").textContent = text("logit", { value: fixed(one.logit) });
}

/** An entry like the first for another class. @param {HTMLElement} first @param {ClassMap} one */
function entryLike(first, one) {
  const item = /** @type {HTMLElement} */ (first.parentElement?.cloneNode(true));
  const choice = element(item, "[data-class]", HTMLAnchorElement);
  choice.href = `?class=${one.index}`;
  choice.dataset.class = `${one.index}`;
  choice.removeAttribute("aria-current");
  element(choice, ".prediction__label").textContent = one.label;
  tell(choice, one);
  item.querySelector("noscript")?.remove();
  return item;
}

/**
 * The explained classes and the likeliest of the maps in view, the most probable first.
 * @type {(list: HTMLElement, explained: number[], most: number) => void}
 */
function arrange(list, explained, most) {
  const classes = new Set([...explained.map(classOf), ...topClasses(scene.classes.values(), most)]);
  const there = new Map(choicesOf(list).map((choice) => [indexOf(choice), choice]));
  const [first] = choicesOf(list);
  const entries = topClasses(classes, classes.size).map((one) => there.get(one.index)?.parentElement ?? entryLike(first, one));
  const focused = document.activeElement;
  list.replaceChildren(...entries);
  if (focused instanceof HTMLElement && list.contains(focused)) focused.focus();
}

/** @param {HTMLElement} list */
function draw(list) {
  for (const choice of choicesOf(list)) {
    drawThumbnail(element(choice, "[data-thumbnail]", HTMLCanvasElement), classOf(indexOf(choice)));
  }
}

/** The class so many places further down the list, as far as it goes. @param {HTMLElement} list @param {number} by */
function step(list, by) {
  const choices = choicesOf(list);
  const at = choices.findIndex((choice) => indexOf(choice) === scene.view.class);
  const next = choices[Math.min(Math.max(at + by, 0), choices.length - 1)];
  change({ class: indexOf(next) });
  return next;
}

/** @param {HTMLElement} list @param {import("./view.js").View} view */
function mark(list, view) {
  for (const choice of choicesOf(list)) {
    if (indexOf(choice) === view.class) choice.setAttribute("aria-current", "true");
    else choice.removeAttribute("aria-current");
  }
}

/** @param {HTMLElement} list */
function listen(list) {
  list.addEventListener("click", (event) => {
    const choice = closest(event, "[data-class]");
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

/** @param {HTMLElement} list */
export default async function start(list) {
  await ready;
  listen(list);
  const explained = choicesOf(list).map(indexOf);
  let [drawn, most] = ["", 0];
  /** @type {import("./coverage.js").Grid|null} */
  let cells = null;
  watchOf(({ view, grid }) => [view.class, view.mode, view.colormap, view.cells, grid], ({ view, grid }) => {
    mark(list, view);
    const style = `${view.mode} ${view.colormap} ${view.cells}`;
    if (style === drawn && grid === cells) return;
    if (cells !== null && grid !== cells) {
      const isOwn = grid === scene.explanation.grid;
      arrange(list, explained, most || (isOwn ? 0 : explained.length));
      for (const choice of choicesOf(list)) tell(choice, classOf(indexOf(choice)));
      mark(list, view);
    }
    [drawn, cells] = [style, grid];
    draw(list);
  });
  const more = document.querySelector("[data-more]");
  if (!(more instanceof HTMLElement)) return;
  more.addEventListener("click", async () => {
    const before = choicesOf(list);
    await isAllKnown();
    most = MOST;
    arrange(list, explained, most);
    more.hidden = true;
    mark(list, scene.view);
    draw(list);
    choicesOf(list).find((choice) => !before.includes(choice))?.focus();
  });
}
