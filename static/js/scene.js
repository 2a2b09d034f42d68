/* What the modules of one page share: the explanation, how it is looked at, and the cell pointed at. */

const changed = new EventTarget();
const pointed = new EventTarget();
let resolveReady;

/** Settled once the explanation is there; modules that draw wait for it. */
export const ready = new Promise((resolve) => {
  resolveReady = resolve;
});

export const scene = { explanation: null, tables: null, classes: new Map(), view: null, plain: null, cell: null };

/** Start with what was loaded. */
export function open({ explanation, tables, classes, view, plain }) {
  Object.assign(scene, { explanation, tables, view, plain });
  add(classes);
  resolveReady(scene);
}

/** Make more classes known: {index, label, probability, logit, bias, values} each. */
export function add(classes) {
  for (const one of classes) if (!scene.classes.has(one.index)) scene.classes.set(one.index, one);
}

/** Change how it is looked at: {class, versus, mode, colormap, opacity, threshold, cells, grey, peak, box}. */
export function change(patch) {
  const other = "class" in patch && patch.class !== scene.view.class;
  const kept = other && !("versus" in patch) && scene.view.versus !== null;
  const versus = kept ? { versus: rivalOf(patch.class).index } : {};
  scene.view = { ...scene.view, ...patch, ...versus };
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

/** The most probable class but this one, of those explained; the class itself where it is alone. */
export function rivalOf(index) {
  const known = scene.explanation.predictions.map((prediction) => scene.classes.get(prediction.index));
  const others = known.filter((one) => one.index !== index);
  return others.reduce((best, one) => (one.logit > best.logit ? one : best), others[0] ?? known[0]);
}

/** The view as the query of a page's address; what nobody chose is left out. */
export function query({ view, plain, tables } = scene) {
  const usual = { ...plain, class: null, mode: "signed", colormap: Object.keys(tables[view.mode])[0] };
  const chosen = Object.keys(plain).filter((name) => view[name] !== usual[name]);
  return new URLSearchParams(chosen.map((name) => [name, view[name]])).toString();
}
