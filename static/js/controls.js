/* The form beside the map: what is chosen there changes the map at once. */

import { change, ready, rivalOf, scene, watch } from "./scene.js";

const MARKS = ["grey", "peak", "box"];
const RANGES = ["opacity", "threshold"];
const wholePercent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
const markOf = (form, name) => form.querySelector(`[data-mark=${name}]`);

function read(form) {
  const data = new FormData(form);
  const numbers = RANGES.map((name) => [name, Number(data.get(name))]);
  const marks = MARKS.map((name) => [name, markOf(form, name).checked]);
  return {
    mode: data.get("mode"),
    versus: data.get("versus") === "" ? null : (scene.view.versus ?? rivalOf(scene.view.class).index),
    cells: data.get("cells"),
    colormap: data.get("colormap"),
    ...Object.fromEntries([...numbers, ...marks]),
  };
}

/** Put a view into the form: it may come from the address or from a step back. */
function write(form, view) {
  const { mode, cells, versus, colormap } = form.elements;
  mode.value = view.mode;
  cells.value = view.cells;
  [...versus].at(view.versus === null ? 0 : -1).checked = true;
  offerColours(form, view.mode);
  colormap.value = view.colormap;
  for (const name of RANGES) form.elements[name].value = view[name];
  for (const name of MARKS) markOf(form, name).checked = view[name];
}

/** The colour maps of a mode; the others cannot be chosen. Changing the mode takes its first. */
function offerColours(form, mode) {
  const select = form.elements.colormap;
  for (const group of select.querySelectorAll("optgroup")) group.hidden = group.disabled = group.dataset.mode !== mode;
  const fitting = select.querySelector(`optgroup[data-mode="${mode}"]`);
  if (select.selectedOptions[0]?.parentElement !== fitting) select.value = fitting.firstElementChild.value;
}

export default async function start(form) {
  await ready;
  for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    offerColours(form, form.elements.mode.value);
    change(read(form));
  });
  watch(({ view, explanation }) => {
    write(form, view);
    for (const name of RANGES) {
      form.querySelector(`[data-output=${name}]`).textContent = wholePercent.format(view[name]);
    }
    const isExplained = explanation.predictions.some(({ index }) => index === view.class);
    const hasBox = view.versus === null && isExplained;
    markOf(form, "box").disabled = !hasBox;
    form.querySelector("[data-box-hint]").hidden = hasBox;
  });
}
