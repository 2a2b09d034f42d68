/* What is in view as an address tells it, and back: the query that the server reads, the fragment that scripts read. */

import { read, unchosen, written } from "./address.js";
import { isAllKnown, look, scene } from "./scene.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./view.js").Known} Known */

/** The view with a colour map that its mode has, and not against its own class. @param {View} view @param {Known["tables"]} tables */
function fitting(view, tables) {
  const names = Object.keys(tables[view.mode]);
  const versus = view.versus === view.class ? null : view.versus;
  return { ...view, versus, colormap: names.includes(view.colormap) ? view.colormap : names[0] };
}

/** The view of an address: as the server reads it, then its fragment. @type {(view: object, fragment: string, known: Known) => View} */
export function asked(view, fragment, known) {
  return fitting(/** @type {View} */ ({ ...unchosen(), ...view, ...read(fragment, known) }), known.tables);
}

/** Look at it as an address's fragment says. @param {string} fragment */
export async function follow(fragment) {
  const usual = { ...unchosen(), ...scene.plain, mode: "signed" };
  const view = fitting(/** @type {View} */ ({ ...usual, ...read(fragment, scene) }), scene.tables);
  if (written(view, scene.plain) === written(scene.view, scene.plain)) return;
  if (![view.class, view.versus ?? view.class].every((index) => scene.classes.has(index)) && !(await isAllKnown())) return;
  look(view);
}

/** The view as the query of a page's address; what nobody chose, and what scripts alone know, is left out. */
export function query({ view, plain, tables } = scene) {
  const usual = { ...plain, class: null, mode: "signed", colormap: Object.keys(tables[view.mode])[0] };
  const chosen = /** @type {(keyof View)[]} */ (Object.keys(plain)).filter((name) => view[name] !== usual[name]);
  return new URLSearchParams(chosen.map((name) => [name, `${view[name]}`])).toString();
}

/** The view as the fragment of this page's address. */
export function fragment({ view, plain, tables } = scene) {
  return written(view, { ...plain, colormap: Object.keys(tables[view.mode])[0] });
}
