/* Start each behaviour at its root: <div data-module="viewer legend">. */

/** @param {Record<string, (root: HTMLElement) => void>} behaviours by the name that roots ask for */
export function start(behaviours) {
  for (const root of document.querySelectorAll("[data-module]")) {
    for (const name of root.dataset.module.split(" ")) behaviours[name](root);
  }
}
