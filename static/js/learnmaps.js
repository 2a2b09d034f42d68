/* Every map of a layer, one at a time. */

import { Activations } from "./activations.js";
import { getJson, reasonOf } from "./api.js";
import { tablesFrom } from "./colormap.js";
import { elements, given, parts } from "./element.js";
import { drawCells } from "./mapdrawing.js";
import { fixed } from "./numbers.js";
import { text } from "./text.js";

/** @param {HTMLElement} root */
export default function learnmaps(root) {
  const find = parts(root);
  const layer = find("layer", HTMLSelectElement);
  const channel = find("channel", HTMLInputElement);
  const canvas = find("canvas", HTMLCanvasElement);
  const activations = new Activations(given(root, "url"));
  const tables = getJson(given(root, "colormapsUrl")).then(tablesFrom);
  let turn = 0;

  const draw = async () => {
    const count = Number(given(layer.selectedOptions[0], "count"));
    channel.max = `${count - 1}`;
    const number = channel.valueAsNumber;
    find("place").textContent = text("learn-map-place", { number: `${number + 1}`, count: `${count}` });
    turn += 1;
    const mine = turn;
    try {
      const map = await activations.map(layer.value, number);
      if (mine !== turn) return;
      drawCells(canvas, map, await tables);
      const values = Array.from(map.values);
      find("told").textContent = text("learn-map-told", {
        layer: layer.value, number: `${number + 1}`, columns: `${map.columns}`, rows: `${map.rows}`,
        least: fixed(Math.min(...values)), most: fixed(Math.max(...values)),
        mean: fixed(values.reduce((sum, value) => sum + value, 0) / values.length),
      });
      canvas.dataset.drawn = `${layer.value} ${number}`;
    } catch (error) {
      if (mine === turn) find("told").textContent = reasonOf(error);
    }
  };

  channel.addEventListener("input", draw);
  layer.addEventListener("change", () => {
    channel.value = "0";
    draw();
  });
  for (const link of elements(document, "[data-closer]")) {
    link.addEventListener("click", () => {
      layer.value = given(link, "closer");
      channel.value = "0";
      draw();
    });
  }
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    seen.disconnect();
    draw(); // what nobody looks at is not asked for
  }, { rootMargin: "200px" });
  seen.observe(root);
}
