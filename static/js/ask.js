/* The questions one can ask of the map: each has a panel beside it, and one is in view. */

import { closest, element, elements, given } from "./element.js";
import { bind } from "./keys.js";
import { canRedo, canUndo, change, declare, oneOf, ready, redo, scene, undo, watch } from "./scene.js";
import { text } from "./text.js";
import { watchOf } from "./watching.js";

const FIRST = "seen";
/** @typedef {import("./view.js").View} View */

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const NAMES = elements(document, "[role=tab][data-question]").map((tab) => given(tab, "question"));

declare("ask", FIRST, oneOf(...NAMES));

/** Whether a question is the one in view. @param {string} name */
export const isAsked = (name) => scene.view?.ask === name;

/** @typedef {{enter: () => Partial<View>, leave: () => Partial<View>}} Along */

/** @type {Map<string, Along>} */
const along = new Map();

/**
 * What changes along when a question is asked, and when another one is: one step, undone as one.
 *
 * @param {string} name
 * @param {Partial<Along>} changes
 */
export function alongWith(name, { enter = () => ({}), leave = () => ({}) }) {
  along.set(name, { enter, leave });
}

/** Ask a question. @param {string} name */
export function ask(name) {
  if (name !== scene.view.ask) askAbout(name, along.get(name)?.enter() ?? {});
}

/** Ask a question about something: what of the view changes along. @param {string} name @param {Partial<View>} patch */
export function askAbout(name, patch) {
  const left = name === scene.view.ask ? {} : (along.get(scene.view.ask)?.leave() ?? {});
  change({ ...left, ...patch, ask: name });
}

/** @param {HTMLElement} root */
function steps(root) {
  const [back, forward] = ["undo", "redo"].map((name) => element(root, `[data-${name}]`, HTMLButtonElement));
  back.addEventListener("click", undo);
  forward.addEventListener("click", redo);
  bind("ctrl+z", () => text("key-undo"), undo);
  bind("ctrl+shift+z", () => text("key-redo"), redo);
  watch(() => {
    back.disabled = !canUndo();
    forward.disabled = !canRedo();
  });
}

/** @param {HTMLElement} root */
export default async function start(root) {
  await ready;
  root.hidden = false;
  const tabs = elements(root, "[data-question]");
  root.addEventListener("click", (event) => {
    const tab = closest(event, "[data-question]");
    if (tab) ask(given(tab, "question"));
  });
  root.addEventListener("keydown", (event) => {
    const at = tabs.findIndex((tab) => tab === event.target);
    /** @type {Record<string, number>} */
    const ends = { Home: 0, End: tabs.length - 1 };
    if (at < 0 || !(event.key in STEPS || event.key in ends)) return;
    event.preventDefault();
    const next = ends[event.key] ?? (at + STEPS[event.key] + tabs.length) % tabs.length;
    tabs[next].focus();
    ask(given(tabs[next], "question"));
  });
  tabs.forEach((tab, i) => bind(`${i + 1}`, () => `${tab.textContent}`.trim(), () => ask(given(tab, "question"))));
  steps(root);
  let asked = FIRST;
  watchOf(({ view }) => [view.ask], ({ view }) => {
    for (const tab of tabs) {
      const isChosen = tab.dataset.question === view.ask;
      tab.setAttribute("aria-selected", `${isChosen}`);
      tab.tabIndex = isChosen ? 0 : -1;
      element(document, `#${tab.getAttribute("aria-controls")}`).hidden = !isChosen;
    }
    element(document, "[data-stage]").dataset.asked = view.ask;
    if (view.ask !== asked) element(document, "[data-drawing]", HTMLDetailsElement).open = view.ask === FIRST;
    asked = view.ask;
  });
}
