/* Download the photo with the map as it is shown now: its marks on it, its legend below. */

import { scaleWords } from "./atscale.js";
import { drawMap, drawRamp } from "./colormap.js";
import { element, given, penOf } from "./element.js";
import { drawMarks } from "./inked.js";
import { marksOf } from "./marks.js";
import { shortest, signed } from "./numbers.js";
import { withText } from "./pngtext.js";
import { save } from "./save.js";
import { ready, watch } from "./scene.js";
import { shown } from "./shown.js";
import { text } from "./text.js";

/** @typedef {import("./view.js").Scene} Scene */
/** @typedef {import("./shown.js").Shown} Shown */
/** @typedef {import("./coverage.js").Photo} Size */

const TYPE = "image/png";
const LEAST_WIDTH = 240; // narrower ones would have no room for the legend's numbers
const LIGHT = "#ffffff";
const DARK = "#171615";

/** @param {number} width @param {number} height */
function canvasOf(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

/**
 * The legend: which map it is and at which scale, its colours from end to end, and their values in logits.
 * @type {(width: number, scene: Scene, map: Shown) => HTMLCanvasElement}
 */
function legendOf(width, { view, tables }, map) {
  const unit = Math.max(11, Math.min(22, Math.round(width / 32)));
  const [length, bar] = [width - 2 * unit, unit];
  const isSigned = view.mode === "signed";
  const strip = canvasOf(width, unit * 5);
  const pen = penOf(strip);
  pen.fillStyle = LIGHT;
  pen.fillRect(0, 0, strip.width, strip.height);
  const ramp = canvasOf(length, 1);
  drawRamp(ramp, view, map.limit, tables[view.mode][view.colormap]);
  pen.drawImage(ramp, unit, unit * 2, length, bar);
  pen.fillStyle = DARK;
  pen.font = `${unit}px ${getComputedStyle(document.body).fontFamily}`;
  /** @type {(words: string, x: number, y: number, align: CanvasTextAlign) => void} */
  const write = (words, x, y, align) => {
    pen.textAlign = align;
    pen.fillText(words, x, y, length);
  };
  write(view.scale === null ? map.title : `${map.title}, ${scaleWords(view.scale)}`, unit, unit * 1.5, "left");
  write(isSigned ? signed(-map.limit) : "0", unit, unit * 4.2, "left");
  if (isSigned) write("0", width / 2, unit * 4.2, "center");
  write(text("in-logits", { value: signed(map.limit) }), width - unit, unit * 4.2, "right");
  return strip;
}

/**
 * What the file tells of itself: the same as app/picture_text.py.
 *
 * @param {Pick<Scene, "explanation"|"view">} scene
 * @param {Shown} map what `shown` says of it
 * @param {string} software which draws
 * @returns {Record<string, string>} by keyword
 */
export function told({ explanation, view }, map, software) {
  const { selected, rival } = map;
  const against = rival ? { versus: rival.label, "versus-index": `${rival.index}` } : {};
  const words = {
    model: explanation.model.id,
    class: selected.label,
    "class-index": `${selected.index}`,
    ...against,
    logit: shortest(map.logit),
    bias: shortest(map.bias),
    limit: shortest(map.limit),
    mode: view.mode,
    colormap: view.colormap,
  };
  const named = Object.entries(words).map(([name, value]) => [`Camscope:${name}`, value]);
  return { Software: software, ...Object.fromEntries(named) };
}

/** @type {(scene: Scene, photo: HTMLImageElement, software: string) => Promise<Blob>} */
async function compose(scene, photoElement, software) {
  const { explanation, grid, view, tables } = scene;
  const { image: photo } = explanation;
  const size = { width: photo.stored_width, height: photo.stored_height };
  const map = shown(scene);
  const layer = canvasOf(size.width, size.height);
  drawMap(layer, { values: map.values, grid, photo }, view, tables[view.mode][view.colormap]);
  const legend = legendOf(Math.max(size.width, LEAST_WIDTH), scene, map);
  const picture = canvasOf(legend.width, size.height + legend.height);
  const pen = penOf(picture);
  pen.fillStyle = LIGHT;
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.drawImage(legend, 0, size.height);
  pen.translate(Math.floor((picture.width - size.width) / 2), 0);
  pen.filter = view.grey ? "grayscale(1)" : "none";
  pen.drawImage(photoElement, 0, 0, size.width, size.height);
  pen.filter = "none";
  pen.drawImage(layer, 0, 0);
  drawMarks(pen, marksOf(scene, map), photo, size);
  /** @type {Blob} */
  const drawn = await new Promise((resolve) => {
    picture.toBlob((blob) => resolve(/** @type {Blob} */ (blob)), TYPE);
  });
  const parts = withText(new Uint8Array(await drawn.arrayBuffer()), told(scene, map, software));
  return new Blob(parts, { type: TYPE });
}

/** The server's own drawing of what is in view, as a query of heatmap.png. @param {import("./view.js").View} view */
function drawing({ class: index, versus, mode, colormap, opacity, threshold, cells, scale }) {
  const asked = { class: index, mode, colormap, opacity, threshold, smooth: cells === "smooth", grey: true, legend: true };
  const besides = { ...(versus !== null && { versus }), ...(scale !== null && { scale }) };
  return new URLSearchParams(Object.entries({ ...asked, ...besides }).map(([name, value]) => [name, `${value}`]));
}

/** @param {HTMLAnchorElement} link */
export default async function start(link) {
  const scene = await ready;
  const [address] = link.href.split("?");
  watch(({ view }) => {
    link.href = `${address}?${drawing(view)}`;
  });
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const photoElement = element(document, "[data-photo]", HTMLImageElement);
    await photoElement.decode();
    save(await compose(scene, photoElement, given(link, "software")), link.download);
  });
}
