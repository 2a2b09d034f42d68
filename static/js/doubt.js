/* Doubts about the answer: the first two are close, or it should have been another class. Both lead to "Why this?". */

import { askAbout } from "./ask.js";
import { element } from "./element.js";
import { Finder } from "./finder.js";
import { isAllKnown, ready, scene } from "./scene.js";

/** @param {HTMLElement} root */
export default async function start(root) {
  await ready;
  const [first, second] = scene.explanation.predictions;
  root.querySelector("[data-close]")?.addEventListener("click", () => {
    askAbout("versus", { class: first.index, versus: second.index });
  });
  if (!(await isAllKnown())) return;
  const others = () => [...scene.classes.values()].filter(({ index }) => index !== first.index);
  new Finder(element(root, "[data-should]"), others, (index) => askAbout("versus", { class: index, versus: first.index }));
}
