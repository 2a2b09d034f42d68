/* From a photo, or a layer's map, to what pooling leaves of it, step by step. */

import { Activations } from "./activations.js";
import { getJson, reasonOf } from "./api.js";
import { tablesFrom } from "./colormap.js";
import { correlate, kernelOf, rectify } from "./detection.js";
import { element, given, parts } from "./element.js";
import { drawCells, drawGrey } from "./mapdrawing.js";
import { fixed, percent } from "./numbers.js";
import { again } from "./pooling.js";
import { follow, grouped } from "./sizes.js";
import { text } from "./text.js";

/** @typedef {import("./pooling.js").NumberMap} NumberMap */
/** @typedef {import("./pooling.js").Pooling} Pooling */
/** @typedef {{title: string, map: NumberMap, grey?: boolean}} Step */

const PHOTO = "photo";

/** @param {NumberMap} map */
const largest = ({ values }) => Array.from(values).reduce((most, value) => Math.max(most, value), -Infinity);

/** How the strongest response was lost. @param {Pooling} how */
function lost({ kind, size, stride }) {
  if (kind === "average") return text("learn-left-spread");
  return stride > size ? text("learn-left-skipped") : text("learn-left-cut");
}

/** The same words as app/learn_pooling.py has. @param {NumberMap[]} maps @param {Pooling} how @param {number} times */
function whatIsLeft(maps, how, times) {
  const [first, last, done] = [maps[0], maps[maps.length - 1], maps.length - 1];
  if (!done) return text("learn-no-window");
  const [many, few] = [first.values.length, last.values.length];
  const [before, after] = [largest(first), largest(last)];
  const told = [text("learn-left", {
    first: grouped(many), last: grouped(few), share: percent(few / many), before: fixed(before), after: fixed(after),
  })];
  if (Math.fround(after) < Math.fround(before)) told.push(lost(how));
  if (done < times) told.push(text("learn-left-stopped", { done: `${done}`, rows: `${last.rows}`, columns: `${last.columns}` }));
  return told.join(" ");
}

/** @param {HTMLElement} root */
export default function learndetect(root) {
  const find = parts(root);
  const activations = new Activations(given(root, "url"));
  const tables = getJson(given(root, "colormapsUrl")).then(tablesFrom);
  const source = find("source", HTMLSelectElement);
  const channel = element(find("mapped"), "input", HTMLInputElement);
  let turn = 0;

  /** What is pooled, and the steps before it. @param {any} asked @returns {Promise<{before: Step[], map: NumberMap}>} */
  const begin = async ({ filter }) => {
    if (source.value) {
      const map = await activations.map(source.value, channel.valueAsNumber - 1);
      return { before: [{ title: text("learn-layer-map", { number: channel.value, layer: source.value }), map }], map };
    }
    const photo = await activations.map(PHOTO, 0);
    const found = /** @type {NumberMap} */ (correlate(photo, kernelOf(filter)));
    const map = rectify(found);
    const before = [
      { title: text("learn-photo-grey"), map: photo, grey: true },
      { title: text("learn-photo-filtered"), map: found },
      { title: text("learn-photo-rectified"), map },
    ];
    return { before, map };
  };

  /** @param {Step} step @param {import("./colormap.js").Tables} known */
  const figure = ({ title, map, grey = false }, known) => {
    const made = document.createElement("figure");
    made.className = "making__step";
    const canvas = document.createElement("canvas");
    canvas.className = "making__map";
    if (grey) drawGrey(canvas, map);
    else drawCells(canvas, map, known);
    const told = document.createElement("figcaption");
    const name = document.createElement("b");
    name.textContent = title;
    const note = document.createElement("span");
    note.className = "lesson__note";
    note.textContent = text("learn-step-numbers", {
      columns: `${map.columns}`, rows: `${map.rows}`, count: grouped(map.values.length), largest: fixed(largest(map)),
    });
    told.append(name, " ", note);
    made.append(canvas, told);
    return made;
  };

  follow(find("form", HTMLFormElement), async (asked) => {
    find("filtered").hidden = source.value !== "";
    find("mapped").hidden = source.value === "";
    channel.max = given(source.selectedOptions[0], "maps");
    if (channel.valueAsNumber > Number(channel.max)) channel.value = channel.max;
    turn += 1;
    const mine = turn;
    try {
      const [known, { before, map }] = await Promise.all([tables, begin(asked)]);
      if (mine !== turn) return;
      const how = /** @type {Pooling} */ ({ kind: asked.by, size: asked.over, stride: asked.every, padding: asked.edge });
      const maps = again(map, how, asked.times);
      const pooled = maps.slice(1).map((one, at) => ({ title: text("learn-pooled", { times: `${at + 1}` }), map: one }));
      find("steps").replaceChildren(...[...before, ...pooled].map((step) => figure(step, known)));
      find("left").textContent = whatIsLeft(maps, how, asked.times);
      find("steps").dataset.drawn = `${source.value} ${maps.length - 1}`;
    } catch (error) {
      if (mine === turn) find("left").textContent = reasonOf(error);
    }
  });
}
