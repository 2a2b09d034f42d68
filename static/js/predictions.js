/* The list of predictions: choosing one shows its map, and each has a small one of its own. */

import { drawMap } from "./colormap.js";
import { fit } from "./geometry.js";
import { change, ready, watch } from "./scene.js";

const THUMBNAIL_SIDE = 128;

function drawThumbnail(canvas, one, { explanation, tables, view }) {
  const { grid, image: photo } = explanation;
  Object.assign(canvas, fit(photo, THUMBNAIL_SIDE));
  canvas.hidden = false;
  const style = { ...view, threshold: 0, opacity: 0.8 };
  drawMap(canvas, { values: one.values, grid, photo }, style, tables[view.mode][view.colormap]);
}

export default async function start(list) {
  const scene = await ready;
  const choices = [...list.querySelectorAll("[data-class]")];
  const indexOf = (choice) => Number(choice.dataset.class);
  list.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-class]");
    if (!choice || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    change({ class: indexOf(choice) });
  });
  let drawn = "";
  watch(({ view }) => {
    for (const choice of choices) {
      if (indexOf(choice) === view.class) choice.setAttribute("aria-current", "true");
      else choice.removeAttribute("aria-current");
    }
    const style = `${view.mode} ${view.colormap} ${view.cells}`;
    if (style === drawn) return;
    drawn = style;
    for (const choice of choices) {
      drawThumbnail(choice.querySelector("[data-thumbnail]"), scene.classes.get(indexOf(choice)), scene);
    }
  });
}
