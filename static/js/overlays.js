/* Draw each picture's map over it from its cells, once it comes into view: a few hundred bytes instead of a picture. */

import { getArray, getJson } from "./api.js";
import { drawMap, tablesFrom } from "./colormap.js";
import { elements, given } from "./element.js";
import { fit } from "./geometry.js";

const EARLY = "300px"; // before a picture comes into view
const FINEST = 640;
/** @type {import("./colormap.js").MapStyle} */
const STYLE = { mode: "signed", opacity: 0.7, threshold: 0, cells: "smooth" };

/** @param {HTMLCanvasElement} canvas @param {Promise<import("./colormap.js").Tables>} tables */
async function draw(canvas, tables) {
  const [{ signed }, { values }] = await Promise.all([tables, getArray(given(canvas, "map"))]);
  const photo = { width: Number(given(canvas, "width")), height: Number(given(canvas, "height")) };
  const size = fit(photo, Math.min(FINEST, Math.max(canvas.clientWidth, canvas.clientHeight, 1)));
  [canvas.width, canvas.height] = [size.width, size.height];
  drawMap(canvas, { values, grid: JSON.parse(given(canvas, "grid")), photo }, STYLE, Object.values(signed)[0]);
  canvas.dataset.painted = "";
}

/** @param {HTMLElement} root */
export default function start(root) {
  const canvases = elements(root, "canvas[data-map]", HTMLCanvasElement);
  if (canvases.length === 0) return;
  const tables = getJson(given(root, "colormapsUrl")).then(tablesFrom);
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting || !(target instanceof HTMLCanvasElement)) continue;
        seen.unobserve(target);
        draw(target, tables).catch(() => {}); // the picture is there without its map
      }
    },
    { rootMargin: EARLY },
  );
  for (const canvas of canvases) seen.observe(canvas);
}
