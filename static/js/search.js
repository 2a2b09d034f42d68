/* Find any class the network knows, and look at its map. */

import { reasonOf } from "./api.js";
import { element } from "./element.js";
import { matches } from "./finder.js";
import { percent } from "./numbers.js";
import { change, ready, scene } from "./scene.js";
import { text } from "./text.js";

const MOST = 8;

/** Nothing is found before something is typed. @param {string} typed */
const found = (typed) => (typed.trim() ? matches(scene.classes.values(), typed) : []);

/** @param {import("./view.js").ClassMap} one */
function entry(one) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const share = document.createElement("span");
  button.type = "button";
  button.className = "search__match";
  share.className = "search__share";
  share.textContent = percent(one.probability);
  const label = document.createElement("span");
  label.dir = "auto";
  label.textContent = one.label;
  button.append(label, share);
  button.addEventListener("click", () => change({ class: one.index }));
  item.append(button);
  return item;
}

/** How many there are, in words; the list shows the most probable of them. @param {object[]} listed @param {string} wanted */
function countOf(listed, wanted) {
  const count = `${listed.length}`;
  if (listed.length > MOST) return text("classes-more", { shown: `${MOST}`, count });
  if (listed.length > 0) return text("classes-found", { count });
  return wanted.trim() ? text("classes-none") : "";
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
