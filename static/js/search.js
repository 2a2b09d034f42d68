/* Find any class the network knows as matching.js does, and look at its map; arrow keys and Enter choose. */

import { reasonOf } from "./api.js";
import { element, elements } from "./element.js";
import { matchLine } from "./matchline.js";
import { isClose, matches } from "./matching.js";
import { change, ready, scene } from "./scene.js";
import { text } from "./text.js";

const MOST = 8;

/** Nothing is found before something is typed. @param {string} typed */
const found = (typed) => (typed.trim() ? matches(scene.classes.values(), typed) : []);

/** @typedef {import("./matching.js").Match<import("./view.js").ClassMap>} Match */

/** @param {Match} match */
function entry(match) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button", className: "search__match match" });
  button.append(...matchLine(match));
  button.addEventListener("click", () => change({ class: match.one.index }));
  item.append(button);
  return item;
}

/** How many there are, in words; the list shows the first of them. @param {Match[]} listed @param {string} typed */
function countOf(listed, typed) {
  const count = `${listed.length}`;
  if (listed.length === 0) return typed.trim() ? text("classes-none") : "";
  const words = listed.length > MOST ? text("classes-more", { shown: `${MOST}`, count }) : text("classes-found", { count });
  return listed.some(isClose) ? `${text("classes-close")} ${words}` : words;
}

/** From the field into the list and on, and back: Enter takes what has the focus, in the field the first. @type {(root: HTMLElement, input: HTMLInputElement) => void} */
function listen(root, input) {
  root.addEventListener("keydown", (event) => {
    const found = elements(root, ".search__match");
    const at = found.findIndex((one) => one === document.activeElement); // -1 in the field
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowDown: () => found[Math.min(at + 1, found.length - 1)].focus(),
      ArrowUp: () => (at > 0 ? found[at - 1] : input).focus(),
      Escape: () => input.focus(),
      Enter: () => found[Math.max(at, 0)].click(),
    };
    const isEmptied = event.key === "Escape" && at < 0; // browsers empty the field
    if (!(event.key in acts) || found.length === 0 || event.isComposing || isEmptied) return;
    event.preventDefault();
    acts[event.key]();
  });
}

/** @param {HTMLElement} root */
export default async function start(root) {
  await ready;
  const input = element(root, "input", HTMLInputElement);
  const list = element(root, "[data-matches]");
  const count = element(root, "[data-found]");
  root.hidden = false;
  try {
    await scene.all;
  } catch (error) {
    count.textContent = text("classes-failed", { reason: reasonOf(error) });
    return;
  }
  input.disabled = false;
  listen(root, input);
  input.addEventListener("input", () => {
    const listed = found(input.value);
    list.replaceChildren(...listed.slice(0, MOST).map(entry));
    list.hidden = listed.length === 0;
    count.textContent = countOf(listed, input.value);
  });
}
