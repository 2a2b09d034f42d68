/* Start each behaviour at its root: <div data-module="viewer legend">. */

import { elements, given } from "./element.js";
import language from "./language.js";

const ON_EVERY_PAGE = { language };

/** @param {Record<string, (root: any) => void>} own a page's behaviours, by the name that roots ask for */
export function start(own) {
  /** @type {Record<string, (root: any) => void>} */
  const behaviours = { ...ON_EVERY_PAGE, ...own };
  for (const root of elements(document, "[data-module]")) {
    for (const name of given(root, "module").split(" ")) behaviours[name](root);
  }
}
