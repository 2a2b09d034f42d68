/* The link to panels takes along the class in view, as it is, and its runner-up. */

import { ready, rivalOf } from "./scene.js";
import { watchOf } from "./watching.js";

/**
 * The panels of a class, and of the runner-up where there is another class.
 *
 * @param {string} explanation its id
 * @param {{class: number, versus: number|null}} view
 * @param {number} rival
 */
export function panelsOf(explanation, view, rival) {
  const against = view.versus === null ? "" : `,against:${view.versus}`;
  const panels = [`${explanation},class:${view.class}${against}`];
  if (rival !== view.class) panels.push(`${explanation},class:${rival}`);
  return `/panels?${panels.map((panel) => `panel=${panel}`).join("&")}`;
}

/** @param {HTMLAnchorElement} link */
export default async function start(link) {
  const { explanation } = await ready;
  watchOf(({ view }) => [view.class, view.versus], ({ view }) => {
    link.href = panelsOf(explanation.id, view, rivalOf(view.class).index);
  });
}
