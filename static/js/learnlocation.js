/* The room of the location: what all its parts work with, asked for once. */

import { getArray, getJson, reasonOf } from "./api.js";
import { tablesFrom } from "./colormap.js";
import { element, given } from "./element.js";
import { coverPart } from "./learncover.js";
import { flatPart } from "./learnflat.js";
import { rowPart } from "./learnrow.js";
import { shufflePart } from "./learnshuffle.js";

const API = "/api/v1/learn";

/** @typedef {{index: number, label: string, logit: number, bias: number, probability: number}} KnownClass */

/**
 * @typedef {object} Facts
 * @property {number} channels
 * @property {number} rows
 * @property {number} columns
 * @property {KnownClass[]} classes the most probable first
 * @property {number[]} order of the cells
 * @property {import("./learncover.js").Covered} cover
 */

/**
 * @typedef {object} Located what the parts work with
 * @property {Facts} facts
 * @property {Float32Array} features channels x cells, as the head weighs them
 * @property {Float32Array[]} heads a row of weights for each class
 * @property {HTMLImageElement} image
 * @property {import("./colormap.js").Tables} tables
 * @property {number} seed of the shuffle that the page opened with
 * @property {(path: string, asked: Record<string, string>) => string} api its address, about this photo and network
 * @property {(path: string, asked: Record<string, string>) => Promise<any>} ask it
 */

/** @param {string} source @returns {Promise<HTMLImageElement>} */
async function loaded(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

/** @param {HTMLElement} root */
export default async function learnlocation(root) {
  /** @type {Facts} */
  const facts = JSON.parse(given(root, "facts"));
  for (const one of facts.classes) [one.logit, one.bias] = [one.logit, one.bias].map(Math.fround);
  const query = given(root, "query");
  const classes = new URLSearchParams(facts.classes.map(({ index }) => ["class", `${index}`]));
  /** @type {Located["api"]} */
  const api = (path, asked) => `${API}/${path}?${query}&${new URLSearchParams(asked)}`;
  try {
    const [features, head, image, tables] = await Promise.all([
      getArray(api("features.npy", {})),
      getArray(`${API}/head.npy?${query}&${classes}`),
      loaded(given(root, "photo")),
      getJson(given(root, "colormapsUrl")).then(tablesFrom),
    ]);
    const { channels } = facts;
    /** @type {Located} */
    const located = {
      facts,
      features: features.values,
      heads: facts.classes.map((_, at) => head.values.subarray(at * channels, (at + 1) * channels)),
      image,
      tables,
      seed: Number(given(root, "seed")),
      api,
      ask: (path, asked) => getJson(api(path, asked)),
    };
    /** @param {string} name */
    const part = (name) => element(root, `[data-part="${name}"]`);
    shufflePart(part("shuffle"), located);
    coverPart(part("cover"), located);
    rowPart(part("row"), located);
    flatPart(part("flat"), located);
    root.dataset.ready = "";
  } catch (error) {
    element(root, "[data-trouble]").textContent = reasonOf(error);
  }
}
