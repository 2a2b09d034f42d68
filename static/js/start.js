/* Start each behaviour at its root: <div data-module="viewer legend">. */

import language from "./language.js";

const ON_EVERY_PAGE = { language };

/** @param {Record<string, (root: HTMLElement) => void>} own a page's behaviours, by the name that roots ask for */
export function start(own) {
  const behaviours = { ...ON_EVERY_PAGE, ...own };
  for (const root of document.querySelectorAll("[data-module]")) {
    for (const name of root.dataset.module.split(" ")) behaviours[name](root);
  }
}
