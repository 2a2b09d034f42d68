/* Find any class the network knows, and look at its map. */

import { percent } from "./numbers.js";
import { change, ready, scene } from "./scene.js";
import { text } from "./text.js";

const MOST = 8;

function matches(words) {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return [];
  const found = [...scene.classes.values()].filter((one) => one.label.toLowerCase().includes(wanted));
  return found.sort((one, other) => other.logit - one.logit);
}

function entry(one) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const share = document.createElement("span");
  button.type = "button";
  button.className = "search__match";
  share.className = "search__share";
  share.textContent = percent(one.probability);
  button.append(one.label, share);
  button.addEventListener("click", () => change({ class: one.index }));
  item.append(button);
  return item;
}

export default async function start(root) {
  await ready;
  try {
    await scene.all;
  } catch {
    return; // the network is no longer served, so its other classes have no names
  }
  root.hidden = false;
  const input = root.querySelector("input");
  const list = root.querySelector("[data-matches]");
  const count = root.querySelector("[data-found]");
  input.addEventListener("input", () => {
    const found = matches(input.value);
    list.replaceChildren(...found.slice(0, MOST).map(entry));
    list.hidden = found.length === 0;
    const none = input.value.trim() ? text("classes-none") : "";
    count.textContent = found.length ? text("classes-found", { count: `${found.length}` }) : none;
    count.classList.toggle("visually-hidden", found.length > 0);
  });
}
