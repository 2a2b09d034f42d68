/* Find any class the network knows as matching.js does, and look at its map. */

import { reasonOf } from "./api.js";
import { element } from "./element.js";
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
  input.addEventListener("input", () => {
    const listed = found(input.value);
    list.replaceChildren(...listed.slice(0, MOST).map(entry));
    list.hidden = listed.length === 0;
    count.textContent = countOf(listed, input.value);
  });
}
