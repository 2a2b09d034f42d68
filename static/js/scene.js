/* What the modules of one page share: the explanation, its maps, how they are looked at, and the cell pointed at. */

import { declare, flag, oneOf, read, unchosen, written } from "./address.js";
import { Steps } from "./undo.js";

const changed = new EventTarget();
const pointed = new EventTarget();
const steps = new Steps();
let resolveReady;

/** Settled once the explanation is there; modules that draw wait for it. */
export const ready = new Promise((resolve) => {
  resolveReady = resolve;
});

export { declare, flag, oneOf };

export const scene = {
  explanation: null,
  tables: null,
  grid: null, // where the cells of the maps in view lie on the photo
  classes: new Map(), // by index: {index, label, probability, logit, bias, values} of the maps in view
  view: null,
  plain: null,
  cell: null,
  all: null, // settled once every class is known
};

/** Start with what was loaded. */
export function open({ explanation, tables, classes, view, plain }) {
  Object.assign(scene, { explanation, tables, view, plain, grid: explanation.grid });
  add(classes);
  resolveReady(scene);
}

/** The view that an address asks for: what the server read of it, then what its fragment says. */
export function asked(view, fragment, known) {
  return fitting({ ...unchosen(), ...view, ...read(fragment, known) }, known.tables);
}

/** Whether every class is known, once that is settled; where they could not be loaded, those explained are. */
export const isAllKnown = () => scene.all.then(() => true, () => false);

/** The view with a colour map that its mode has, and not against its own class. */
function fitting(view, tables) {
  const names = Object.keys(tables[view.mode]);
  const versus = view.versus === view.class ? null : view.versus;
  return { ...view, versus, colormap: names.includes(view.colormap) ? view.colormap : names[0] };
}

/** Make more classes known: {index, label, probability, logit, bias, values} each. */
export function add(classes) {
  for (const one of classes) if (!scene.classes.has(one.index)) scene.classes.set(one.index, one);
}

/** Look at other maps of the same classes, on other cells. */
export function use({ classes, grid }) {
  Object.assign(scene, { classes, grid, cell: null });
  changed.dispatchEvent(new Event("change"));
}

/** Change how it is looked at: {class, versus, mode, colormap, opacity, threshold, cells, grey, peak, box, ask, …}. */
export function change(patch) {
  const names = Object.keys(patch).filter((name) => patch[name] !== scene.view[name]);
  if (names.length === 0) return;
  steps.note(scene.view, names);
  show({ ...scene.view, ...patch, ...(names.includes("class") && !("versus" in patch) && against(patch.class)) });
}

/** What another class is put against: the runner-up still where it was that, else the same class as before. */
function against(index) {
  const { versus, class: before } = scene.view;
  if (versus === null) return {};
  return versus === index || versus === rivalOf(before).index ? { versus: rivalOf(index).index } : {};
}

/** Look at it as before the last change, or as after it; whether there was such a view. */
export function undo() {
  return goTo(steps.back(scene.view));
}

export function redo() {
  return goTo(steps.forward(scene.view));
}

export const canUndo = () => steps.past.length > 0;
export const canRedo = () => steps.future.length > 0;

/** Look at it as an address's fragment says. */
export async function follow(fragment) {
  const usual = { ...unchosen(), ...scene.plain, mode: "signed" };
  const view = fitting({ ...usual, ...read(fragment, scene) }, scene.tables);
  if (written(view, scene.plain) === written(scene.view, scene.plain)) return;
  if (![view.class, view.versus ?? view.class].every((index) => scene.classes.has(index)) && !(await isAllKnown())) return;
  steps.note(scene.view, Object.keys(view));
  show(view);
}

function goTo(view) {
  if (view !== null) show(view);
  return view !== null;
}

function show(view) {
  scene.view = view;
  changed.dispatchEvent(new Event("change"));
}

/** Point at a cell {row, column} of the map, or at none. */
export function point(cell) {
  scene.cell = cell;
  pointed.dispatchEvent(new Event("point"));
}

/** Call now and at every change. */
export function watch(listener) {
  changed.addEventListener("change", () => listener(scene));
  listener(scene);
}

/** Call whenever another cell is pointed at, or another map is in view. */
export function watchCell(listener) {
  pointed.addEventListener("point", () => listener(scene));
  changed.addEventListener("change", () => listener(scene));
}

/** The most probable class but this one, of those explained, else of all; the class itself where it is alone. */
export function rivalOf(index) {
  const explained = scene.explanation.predictions.map((prediction) => scene.classes.get(prediction.index));
  const [others, all] = [explained, [...scene.classes.values()]].map((some) => some.filter((one) => one.index !== index));
  const rivals = others.length > 0 ? others : all;
  return rivals.reduce((best, one) => (one.logit > best.logit ? one : best), rivals[0] ?? scene.classes.get(index));
}

/** The view as the query of a page's address; what nobody chose, and what scripts alone know, is left out. */
export function query({ view, plain, tables } = scene) {
  const usual = { ...plain, class: null, mode: "signed", colormap: Object.keys(tables[view.mode])[0] };
  const chosen = Object.keys(plain).filter((name) => view[name] !== usual[name]);
  return new URLSearchParams(chosen.map((name) => [name, view[name]])).toString();
}

/** The view as the fragment of this page's address. */
export function fragment({ view, plain, tables } = scene) {
  return written(view, { ...plain, colormap: Object.keys(tables[view.mode])[0] });
}
