/* What the modules of one page share: the explanation, its maps, how they are looked at, and the cell pointed at. */

import { declare, flag, oneOf, read, unchosen, written } from "./address.js";
import { followPresses, Steps } from "./undo.js";

/** @typedef {import("./view.js").Scene} Scene */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("./view.js").Known} Known */
/** @typedef {import("./view.js").ClassMap} ClassMap */

const changed = new EventTarget();
const pointed = new EventTarget();
/** @type {Steps<View>} */
const steps = new Steps();
/** @type {(scene: Scene) => void} */
let resolveReady;

/** Settled once the explanation is there; modules that draw wait for it. @type {Promise<Scene>} */
export const ready = new Promise((resolve) => {
  resolveReady = resolve;
});

export { declare, flag, oneOf };

/** What is missing is there once that is settled. @type {Scene} */
export const scene = /** @type {any} */ ({ classes: new Map(), cell: null });

/** Start with what was loaded. @param {Omit<Scene, "grid"|"cell"|"all"|"classes"> & {classes: ClassMap[]}} loaded */
export function open({ explanation, tables, classes, view, plain }) {
  Object.assign(scene, { explanation, tables, view, plain, grid: explanation.grid });
  followPresses(document, steps);
  add(classes);
  resolveReady(scene);
}

/** The view of an address: as the server reads it, then its fragment. @type {(view: object, fragment: string, known: Known) => View} */
export function asked(view, fragment, known) {
  return fitting(/** @type {View} */ ({ ...unchosen(), ...view, ...read(fragment, known) }), known.tables);
}

/** Whether every class is known, once that is settled; where they could not be loaded, those explained are. */
export const isAllKnown = () => scene.all.then(() => true, () => false);

/** The view with a colour map that its mode has, and not against its own class. @param {View} view @param {Scene["tables"]} tables */
function fitting(view, tables) {
  const names = Object.keys(tables[view.mode]);
  const versus = view.versus === view.class ? null : view.versus;
  return { ...view, versus, colormap: names.includes(view.colormap) ? view.colormap : names[0] };
}

/** Make more classes known. @param {ClassMap[]} classes */
export function add(classes) {
  for (const one of classes) if (!scene.classes.has(one.index)) scene.classes.set(one.index, one);
}

/** Look at other maps of the same classes, on other cells. @param {Pick<Scene, "classes"|"grid">} maps */
export function use({ classes, grid }) {
  Object.assign(scene, { classes, grid, cell: null });
  changed.dispatchEvent(new Event("change"));
}

/** Change how it is looked at. @param {Partial<View>} patch */
export function change(patch) {
  const names = /** @type {(keyof View)[]} */ (Object.keys(patch)).filter((name) => patch[name] !== scene.view[name]);
  if (names.length === 0) return;
  steps.note(scene.view, names);
  const isAlone = names.includes("class") && !("versus" in patch);
  show({ ...scene.view, ...patch, ...(isAlone && against(/** @type {number} */ (patch.class))) });
}

/** What a class is put against: the runner-up still, else the same one. @type {(index: number) => Partial<View>} */
function against(index) {
  const { versus, class: before } = scene.view;
  if (versus === null) return {};
  return versus === index || versus === rivalOf(before).index ? { versus: rivalOf(index).index } : {};
}

/** Look at it as before the last change, or as after it; whether there was such a view. */
export const undo = () => goTo(steps.back(scene.view));
export const redo = () => goTo(steps.forward(scene.view));
export const canUndo = () => steps.past.length > 0;
export const canRedo = () => steps.future.length > 0;

/** Look at it as an address's fragment says. @param {string} fragment */
export async function follow(fragment) {
  const usual = { ...unchosen(), ...scene.plain, mode: "signed" };
  const view = fitting(/** @type {View} */ ({ ...usual, ...read(fragment, scene) }), scene.tables);
  if (written(view, scene.plain) === written(scene.view, scene.plain)) return;
  if (![view.class, view.versus ?? view.class].every((index) => scene.classes.has(index)) && !(await isAllKnown())) return;
  steps.note(scene.view, Object.keys(view));
  show(view);
}

/** @param {View|null} view */
function goTo(view) {
  if (view !== null) show(view);
  return view !== null;
}

/** @param {View} view */
function show(view) {
  scene.view = view;
  changed.dispatchEvent(new Event("change"));
}

/** Point at a cell of the map, or at none. @param {Scene["cell"]} cell */
export function point(cell) {
  scene.cell = cell;
  pointed.dispatchEvent(new Event("point"));
}

/** Call now and at every change. @param {(now: Scene) => void} listener */
export function watch(listener) {
  changed.addEventListener("change", () => listener(scene));
  listener(scene);
}

/** Call whenever another cell is pointed at, or another map is in view. @param {(now: Scene) => void} listener */
export function watchCell(listener) {
  pointed.addEventListener("point", () => listener(scene));
  changed.addEventListener("change", () => listener(scene));
}

/** A class that is known by now. @param {number} index */
export const classOf = (index) => /** @type {ClassMap} */ (scene.classes.get(index));

/** The likeliest class but this one, of those explained, else of all; the class itself where it is alone. @param {number} index */
export function rivalOf(index) {
  const explained = scene.explanation.predictions.map((prediction) => classOf(prediction.index));
  const [others, all] = [explained, [...scene.classes.values()]].map((some) => some.filter((one) => one.index !== index));
  const rivals = others.length > 0 ? others : all;
  return rivals.reduce((best, one) => (one.logit > best.logit ? one : best), rivals[0] ?? classOf(index));
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
