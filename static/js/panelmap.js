/* One panel's map: read from the page, drawn over its photo. */

import { drawMap } from "./colormap.js";
import { element, elements, given } from "./element.js";
import { fit } from "./geometry.js";
import { drawMinus, minusSigns } from "./minus.js";

const LONGEST_SIDE = 1024;
/** @type {import("./colormap.js").Style} */
const STYLE = { mode: "signed", opacity: 0.7, threshold: 0 };

/** @typedef {import("./coverage.js").Grid} Grid */
/** @typedef {import("./coverage.js").Photo} Photo */
/** @typedef {{values: Float32Array, grid: Grid, photo: Photo, limit: number}} PanelMap */

/** @type {WeakMap<Element, PanelMap>} */
const known = new WeakMap();
/** @type {Map<string, HTMLCanvasElement>} what was drawn last, by what it shows */
const drawn = new Map();
const MOST_DRAWN = 8;

/**
 * Width and height of the photo in a stage, in pixels.
 *
 * @param {Element} stage
 * @returns {Photo}
 */
export function photoOf(stage) {
  const photo = element(stage, "[data-photo]");
  return { width: Number(photo.getAttribute("width")), height: Number(photo.getAttribute("height")) };
}

/**
 * @param {HTMLElement} stage
 * @returns {PanelMap} the limit is the value in logits that gets the strongest colour
 */
export function mapOf(stage) {
  const before = known.get(stage);
  if (before) return before;
  /** @type {{cam: number[][], grid: Grid}} */
  const { cam, grid } = JSON.parse(given(stage, "mapCells"));
  const limit = Number(stage.dataset.limit);
  const map = { values: Float32Array.from(cam.flat()), grid, photo: photoOf(stage), limit };
  known.set(stage, map);
  return map;
}

/**
 * All panels that have a map.
 *
 * @param {Element} root
 * @returns {HTMLElement[]}
 */
export const stagesOf = (root) => elements(root, "[data-stage-panel]");

/** @param {HTMLElement} stage */
export const panelOf = (stage) => /** @type {HTMLElement} */ (stage.closest("[data-panel]"));

/**
 * Draw a panel's map; one that was drawn on a page before and has not changed is put there as it is.
 *
 * @param {HTMLElement} stage
 * @param {"smooth"|"grid"} cells
 * @param {import("./colormap.js").Tables} tables
 */
export function drawPanel(stage, cells, tables) {
  const map = mapOf(stage);
  const wanted = `${cells} ${map.photo.width} ${map.photo.height} ${map.limit} ${stage.dataset.mapCells}`;
  const kept = drawn.get(wanted);
  let canvas = element(stage, "[data-map]", HTMLCanvasElement);
  if (kept && !kept.isConnected) {
    canvas.replaceWith(kept);
    canvas = kept;
  } else {
    Object.assign(canvas, fit(map.photo, LONGEST_SIDE));
    canvas.hidden = false;
    drawMap(canvas, map, { ...STYLE, cells }, Object.values(tables[STYLE.mode])[0], map.limit);
  }
  drawMinus(stage, minusSigns(map, map.limit));
  drawn.delete(wanted);
  drawn.set(wanted, canvas);
  const [oldest] = drawn.keys();
  if (drawn.size > MOST_DRAWN) drawn.delete(oldest);
  canvas.dataset.drawn = panelOf(stage).dataset.panel;
}
