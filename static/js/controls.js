/* The form beside the map: what is chosen there changes the map at once. */

import { change, query, ready, rivalOf, scene, watch } from "./scene.js";

const wholePercent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

function read(form) {
  const data = new FormData(form);
  return {
    mode: data.get("mode"),
    versus: data.get("versus") === "" ? null : rivalOf(scene.view.class).index,
    cells: data.get("cells"),
    colormap: data.get("colormap"),
    opacity: Number(data.get("opacity")),
    threshold: Number(data.get("threshold")),
    grey: form.querySelector("[data-mark=grey]").checked,
    peak: form.querySelector("[data-mark=peak]").checked,
    box: form.querySelector("[data-mark=box]").checked,
  };
}

/** The colour maps of a mode; the others cannot be chosen. Changing the mode takes its first. */
function offerColours(select, mode) {
  for (const group of select.querySelectorAll("optgroup")) group.hidden = group.disabled = group.dataset.mode !== mode;
  const fitting = select.querySelector(`optgroup[data-mode="${mode}"]`);
  if (select.selectedOptions[0]?.parentElement !== fitting) select.value = fitting.firstElementChild.value;
}

export default async function start(form) {
  await ready;
  for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
  const initial = scene.view;
  offerColours(form.elements.colormap, initial.mode);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    offerColours(form.elements.colormap, new FormData(form).get("mode"));
    change(read(form));
  });
  watch(({ view, explanation }) => {
    form.elements.class.value = view.class;
    for (const name of ["opacity", "threshold"]) {
      form.querySelector(`[data-output=${name}]`).textContent = wholePercent.format(view[name]);
    }
    const isExplained = explanation.predictions.some(({ index }) => index === view.class);
    form.querySelector("[data-mark=box]").disabled = view.versus !== null || !isExplained;
    if (view !== initial) history.replaceState(null, "", `?${query(view)}`);
  });
}
