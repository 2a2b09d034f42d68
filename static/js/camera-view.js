/* What the network says of the frames of a camera: the map over the picture, the classes beside it. */

import { drawMap, drawRamp, limitOf } from "./colormap.js";
import { element, elements, parts } from "./element.js";
import { fit } from "./geometry.js";
import { drawMinus, minusSigns } from "./minus.js";
import { fixed, percent, signed } from "./numbers.js";
import { nothingOf, proofOf } from "./shown.js";
import { text } from "./text.js";

/** @typedef {import("./contract.js").Explanation} Explanation */
/** @typedef {import("./contract.js").Prediction} Prediction */

/** @typedef {import("./colormap.js").Mode} Mode */

const LONGEST_SIDE = 640;
const HELD = 0.9; // of the scale's end from one frame to the next, so that colours do not flicker
const TELL_EVERY_MS = 4000;
const FRAMES = 10; // of which the rate is the mean

export class View {
  limit = 0;
  drawn = "";
  told = { at: -Infinity, words: "" };
  /** @type {number[]} */
  times = [];

  /**
   * @param {HTMLElement} root
   * @param {import("./colormap.js").Tables} tables
   */
  constructor(root, tables) {
    this.find = parts(root);
    this.rows = elements(root, "[data-row]");
    this.frame = element(root, "[data-frame]");
    this.tables = tables;
  }

  /**
   * @param {Explanation} explanation
   * @param {number} latencyMs
   * @param {{mode: Mode, opacity: number, index: number|null}} style index of the class to follow
   */
  show(explanation, latencyMs, style) {
    const { predictions, grid, image: photo } = explanation;
    const chosen = predictions.find(({ index }) => index === style.index) ?? predictions[0];
    this.find("answer").hidden = false;
    this.find("label").textContent = chosen.label;
    this.find("numbers").textContent = text("camera-numbers", {
      probability: percent(chosen.probability), logit: fixed(chosen.logit),
    });
    this.list(predictions);
    this.map(chosen, grid, photo, style);
    this.pace(latencyMs);
    this.tell(text("camera-sees", { label: chosen.label, probability: percent(chosen.probability) }), chosen.label);
  }

  /** @param {Prediction[]} predictions */
  list(predictions) {
    for (const [place, row] of this.rows.entries()) {
      const one = predictions[place];
      row.hidden = !one;
      if (!one) continue;
      element(row, "[data-name]").textContent = one.label;
      element(row, "[data-share]").textContent = percent(one.probability);
      element(row, "[data-bar]", SVGElement).setAttribute("width", `${100 * one.probability}`);
    }
  }

  /** @type {(one: Prediction, grid: Explanation["grid"], photo: Explanation["image"], style: {mode: Mode, opacity: number}) => void} */
  map({ cam, index, bias, logit, label }, grid, photo, style) {
    const canvas = this.find("map", HTMLCanvasElement);
    for (const name of ["map", "legend", "proof"]) this.find(name).hidden = cam === null;
    this.find("no-map").hidden = cam !== null;
    this.find("nothing").hidden = true;
    drawMinus(this.frame, "");
    if (cam === null || grid === null || bias === null) return;
    const isSigned = style.mode === "signed";
    const values = Float32Array.from(cam.flat());
    /** @type {import("./colormap.js").MapStyle} */
    const full = { ...style, threshold: 0, cells: "smooth" };
    const [table] = Object.values(this.tables[style.mode]);
    const key = `${index} ${style.mode}`;
    const own = limitOf(values, style.mode);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const nothing = nothingOf({ values, mean, bias, logit, title: label }, grid);
    this.find("nothing").textContent = nothing ?? "";
    this.find("nothing").hidden = nothing === null;
    this.limit = key === this.drawn ? Math.max(own, HELD * this.limit) : own;
    this.drawn = key;
    Object.assign(canvas, fit(photo, LONGEST_SIDE));
    const map = { values, grid, photo };
    drawMap(canvas, map, full, table, this.limit);
    this.find("marks", SVGElement).setAttribute("viewBox", `0 0 ${photo.width} ${photo.height}`);
    drawMinus(this.frame, isSigned && style.opacity > 0 ? minusSigns(map, this.limit) : "");
    canvas.dataset.drawn = key;
    drawRamp(this.find("ramp", HTMLCanvasElement), full, this.limit, table);
    this.find("map-of").textContent = text("camera-map", { label });
    this.find("lowest").textContent = isSigned ? signed(-this.limit) : "0";
    this.find("lowest-word").textContent = isSigned ? text("legend-negative") : text("legend-zero");
    this.find("highest").textContent = signed(this.limit);
    this.find("proof-sum").textContent = proofOf({ mean, bias, logit, rival: null }).sum;
  }

  /** @param {number} latencyMs */
  pace(latencyMs) {
    this.times = [...this.times, performance.now()].slice(-FRAMES - 1);
    const between = this.times.length - 1;
    if (between === 0) return;
    const rate = (1000 * between) / (this.times[between] - this.times[0]);
    this.find("pace").textContent = text("camera-pace", { rate: fixed(rate, 1), latency: fixed(latencyMs, 0) });
  }

  /** Tell screen readers when it is another class, and not with every frame. @param {string} words @param {string} label */
  tell(words, label) {
    const now = performance.now();
    if (label === this.told.words || now - this.told.at < TELL_EVERY_MS) return;
    this.told = { at: now, words: label };
    this.find("said").textContent = words;
  }

  /** Nothing is seen any more. */
  clear() {
    drawMinus(this.frame, "");
    Object.assign(this, { limit: 0, drawn: "", times: [] });
    for (const name of ["map", "answer", "legend", "proof", "nothing", "no-map"]) this.find(name).hidden = true;
    this.find("pace").textContent = "";
  }
}
