/* What the modules of one page share: the explanation, its maps, how they are looked at, and the cell pointed at. */

import { declare, flag, oneOf } from "./address.js";
import { topClass } from "./scores.js";
import { followPresses, Steps } from "./undo.js";

/** @typedef {import("./view.js").Scene} Scene */
/** @typedef {import("./view.js").View} View */
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

/** Whether every class is known, once that is settled; where they could not be loaded, those explained are. */
export const isAllKnown = () => scene.all.then(() => true, () => false);

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

/** Look at another view altogether. @param {View} view */
export function look(view) {
  steps.note(scene.view, Object.keys(view));
  show(view);
}

/** Look at it as before the last change, or as after it; whether there was such a view. */
export const undo = () => goTo(steps.back(scene.view));
export const redo = () => goTo(steps.forward(scene.view));
export const canUndo = () => steps.past.length > 0;
export const canRedo = () => steps.future.length > 0;

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

/** Something that is no part of the view has become known of it: no step, for there is nothing to undo. */
export function tell() {
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
  return rivals.length > 0 ? topClass(rivals) : classOf(index);
}
