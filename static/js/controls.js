/* The form beside the map: what is chosen there changes the map at once. */

import { element, elements, given } from "./element.js";
import { share } from "./numbers.js";
import { change, ready, rivalOf, scene, watch } from "./scene.js";
import { watchOf } from "./watching.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {Record<"mode"|"cells"|"versus", RadioNodeList>} Choices */
/** @typedef {{colormap: HTMLSelectElement, opacity: HTMLInputElement, threshold: HTMLInputElement}} Values */

/** @type {("grey"|"peak"|"box")[]} */
const MARKS = ["grey", "peak", "box"];
/** @type {("opacity"|"threshold")[]} */
const RANGES = ["opacity", "threshold"];
/** @type {(form: HTMLFormElement, name: string) => HTMLInputElement} */
const markOf = (form, name) => element(form, `[data-mark=${name}]`, HTMLInputElement);
/** @param {HTMLFormElement} form */
const fieldsOf = (form) => /** @type {HTMLFormControlsCollection & Choices & Values} */ (form.elements);

/** @type {(form: HTMLFormElement) => Partial<View>} */
function read(form) {
  const data = new FormData(form);
  const numbers = RANGES.map((name) => [name, Number(data.get(name))]);
  const marks = MARKS.map((name) => [name, markOf(form, name).checked]);
  const told = {
    mode: data.get("mode"),
    versus: data.get("versus") === "" ? null : (scene.view.versus ?? rivalOf(scene.view.class).index),
    cells: data.get("cells"),
    colormap: data.get("colormap"),
    ...Object.fromEntries([...numbers, ...marks]),
  };
  return /** @type {Partial<View>} */ (told);
}

/**
 * Put a view into the form: it may come from the address or from a step back.
 *
 * @param {HTMLFormElement} form
 * @param {View} view
 */
function write(form, view) {
  const fields = fieldsOf(form);
  const { mode, cells, versus, colormap } = fields;
  mode.value = view.mode;
  cells.value = view.cells;
  const radios = /** @type {HTMLInputElement[]} */ ([...versus]);
  radios[view.versus === null ? 0 : radios.length - 1].checked = true;
  offerColours(form, view.mode);
  colormap.value = view.colormap;
  for (const name of RANGES) fields[name].value = `${view[name]}`;
  for (const name of MARKS) markOf(form, name).checked = view[name];
}

/**
 * The colour maps of a mode; the others cannot be chosen. Changing the mode takes its first.
 *
 * @param {HTMLFormElement} form
 * @param {string} mode
 */
function offerColours(form, mode) {
  const { colormap: select } = fieldsOf(form);
  for (const group of select.querySelectorAll("optgroup")) group.hidden = group.disabled = group.dataset.mode !== mode;
  const fitting = element(select, `optgroup[data-mode="${mode}"]`);
  if (select.selectedOptions[0]?.parentElement !== fitting) select.value = element(fitting, "option", HTMLOptionElement).value;
}

/** @param {HTMLFormElement} form */
export default async function start(form) {
  await ready;
  for (const part of elements(form, "[data-scripted]")) part.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    offerColours(form, fieldsOf(form).mode.value);
    change(read(form));
  });
  watch(({ view }) => write(form, view));
  watchOf(({ view }) => [view.opacity, view.threshold], ({ view }) => {
    for (const name of RANGES) {
      element(form, `[data-output=${name}]`).textContent = share(view[name]);
    }
  });
  watchOf(({ view }) => [view.class, view.versus], ({ view, explanation }) => {
    const isExplained = explanation.predictions.some(({ index }) => index === view.class);
    const hasBox = view.versus === null && isExplained;
    markOf(form, "box").disabled = !hasBox;
    element(form, "[data-box-hint]").hidden = hasBox;
  });
}
