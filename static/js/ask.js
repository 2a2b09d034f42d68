/* The questions one can ask of the map: each has a panel beside it, and one is in view. */

import { bind } from "./keys.js";
import { canRedo, canUndo, change, declare, oneOf, ready, redo, scene, undo, watch } from "./scene.js";
import { text } from "./text.js";

const FIRST = "seen";
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const NAMES = [...document.querySelectorAll("[role=tab][data-question]")].map((tab) => tab.dataset.question);

declare("ask", FIRST, oneOf(...NAMES));

/** Whether a question is the one in view. */
export const isAsked = (name) => scene.view?.ask === name;

/** @type {Map<string, {enter: () => object, leave: () => object}>} */
const along = new Map();

/** What changes along when a question is asked, and when another one is: one step, undone as one. */
export function alongWith(name, { enter = () => ({}), leave = () => ({}) }) {
  along.set(name, { enter, leave });
}

/** Ask a question. */
export function ask(name) {
  if (name !== scene.view.ask) askAbout(name, along.get(name)?.enter() ?? {});
}

/** Ask a question about something: what of the view changes along. */
export function askAbout(name, patch) {
  const left = name === scene.view.ask ? {} : (along.get(scene.view.ask)?.leave() ?? {});
  change({ ...left, ...patch, ask: name });
}

function steps(root) {
  const [back, forward] = ["undo", "redo"].map((name) => root.querySelector(`[data-${name}]`));
  back.addEventListener("click", undo);
  forward.addEventListener("click", redo);
  bind("ctrl+z", () => text("key-undo"), undo);
  bind("ctrl+shift+z", () => text("key-redo"), redo);
  watch(() => {
    back.disabled = !canUndo();
    forward.disabled = !canRedo();
  });
}

export default async function start(root) {
  await ready;
  root.hidden = false;
  const tabs = [...root.querySelectorAll("[data-question]")];
  root.addEventListener("click", ({ target }) => {
    const tab = target.closest("[data-question]");
    if (tab) ask(tab.dataset.question);
  });
  root.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const ends = { Home: 0, End: tabs.length - 1 };
    if (at < 0 || !(event.key in STEPS || event.key in ends)) return;
    event.preventDefault();
    const next = ends[event.key] ?? (at + STEPS[event.key] + tabs.length) % tabs.length;
    tabs[next].focus();
    ask(tabs[next].dataset.question);
  });
  tabs.forEach((tab, i) => bind(`${i + 1}`, () => tab.textContent.trim(), () => ask(tab.dataset.question)));
  steps(root);
  let asked = FIRST;
  watch(({ view }) => {
    for (const tab of tabs) {
      const isChosen = tab.dataset.question === view.ask;
      tab.setAttribute("aria-selected", `${isChosen}`);
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
      if (isChosen) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    document.querySelector("[data-stage]").dataset.asked = view.ask;
    if (view.ask !== asked) document.querySelector("[data-drawing]").open = view.ask === FIRST;
    asked = view.ask;
  });
}
