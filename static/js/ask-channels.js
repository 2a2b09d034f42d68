/* The question "What kind of thing?": the feature maps that brought the class its score, each with its own small map. */

import { getJson, reasonOf } from "./api.js";
import { isAsked } from "./ask.js";
import { scaleAsked } from "./atscale.js";
import { drawMap, limitOf } from "./colormap.js";
import { element, elements, given, parts } from "./element.js";
import { fit } from "./geometry.js";
import { fixed, signed } from "./numbers.js";
import { declare, change, oneOf, ready, scene, watch } from "./scene.js";
import { shown } from "./shown.js";
import { text } from "./text.js";

/** @typedef {import("./contract.js").Channel} Channel */
/** @typedef {import("./contract.js").Channels} Answer */

const COUNT = 12;
const SIDE = 160;

declare("sign", "both", oneOf("both", "given", "taken"));

/** @param {number[][]} map */
const flat = (map) => Float32Array.from(map.flat());

/** An entry of the list, to be filled again and again: its photo is the same for all. */
function emptyItem() {
  const [made, place, photo, words] = ["li", "span", "img", "span"].map((tag) => document.createElement(tag));
  const canvas = document.createElement("canvas");
  made.className = "channel";
  place.className = "channel__map";
  words.className = "channel__words";
  Object.assign(photo, { src: element(document, "[data-photo]", HTMLImageElement).src, alt: "", loading: "lazy" });
  Object.assign(canvas, fit(scene.explanation.image, SIDE));
  place.append(photo, canvas);
  made.append(place, words);
  return made;
}

/** @type {(item: HTMLElement, channel: Channel, grid: Answer["grid"], limit: number) => void} */
function fillItem(item, channel, grid, limit) {
  const { explanation, tables, view } = scene;
  /** @type {import("./colormap.js").MapStyle} */
  const style = { ...view, mode: "signed", threshold: 0, opacity: 0.85 };
  const table = view.mode === "signed" ? tables.signed[view.colormap] : Object.values(tables.signed)[0];
  const map = { values: flat(channel.map), grid, photo: explanation.image };
  drawMap(element(item, "canvas", HTMLCanvasElement), map, style, table, limit);
  element(item, ".channel__words").textContent = text("channel", {
    number: `${channel.index}`,
    contribution: signed(channel.contribution),
    weight: signed(channel.weight),
    activation: fixed(channel.activation),
  });
}

/** @param {Answer} answer */
function sumOf(answer) {
  const listed = answer.channels.reduce((sum, { contribution }) => sum + contribution, 0);
  return text(answer.versus ? "channels-sum-margin" : "channels-sum", {
    listed: signed(listed),
    rest: signed(answer.rest.contribution),
    count: `${answer.rest.channels}`,
    bias: signed(answer.bias),
    logit: fixed(answer.logit),
  });
}

class Channels {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.find = parts(root);
    /** @type {Map<string, Answer>} by query */
    this.answers = new Map();
    this.shown = ""; // the query whose answer is in view, or on its way, or refused
    this.isRefused = false;
  }

  /** Ask again what was refused, the next time somebody wants to know. */
  leave() {
    if (this.isRefused) this.shown = "";
  }

  /** @param {string} query @returns {Promise<Answer>} */
  async answerTo(query) {
    const known = this.answers.get(query);
    if (known) return known;
    this.find("busy").textContent = text("asking-network");
    const answer = await getJson(`${given(this.root, "url")}?${query}`);
    this.answers.set(query, answer);
    return answer;
  }

  /** @param {import("./view.js").Scene} now */
  async show({ view }) {
    const versus = view.versus === null ? [] : [["versus", `${view.versus}`]];
    const { scale } = scaleAsked(view);
    const scales = scale === undefined ? [] : [["scale", `${scale}`]];
    const asked = [["class", `${view.class}`], ...versus, ["count", `${COUNT}`], ["sign", view.sign], ...scales];
    const query = new URLSearchParams(asked).toString();
    const known = this.answers.get(query);
    if (query === this.shown) return known && this.note(known); // the map in view may be there by now
    [this.shown, this.isRefused] = [query, false];
    try {
      const answer = await this.answerTo(query);
      if (this.shown !== query) return;
      this.tell(answer);
      this.note(answer);
    } catch (error) {
      if (this.shown !== query) return; // something else was asked meanwhile
      this.isRefused = true;
      this.find("channels").replaceChildren();
      this.find("sum").textContent = "";
      this.find("note").textContent = "";
      this.find("busy").textContent = reasonOf(error);
    }
  }

  /** @param {Answer} answer */
  tell(answer) {
    this.find("busy").textContent = "";
    const limit = Math.max(...answer.channels.map(({ map }) => limitOf(flat(map), "signed")), 0);
    const list = this.find("channels");
    while (list.children.length > answer.channels.length) list.lastElementChild?.remove();
    while (list.children.length < answer.channels.length) list.append(emptyItem());
    const items = elements(list, ".channel");
    answer.channels.forEach((channel, i) => fillItem(items[i], channel, answer.grid, limit));
    this.find("sum").textContent = sumOf(answer);
  }

  /** Whose feature maps these are, where it is not plain from the numbers. @param {Answer} answer */
  note(answer) {
    const isSame = fixed(answer.logit) === fixed(shown(scene).logit);
    const words = isSame ? "" : text("channels-copy");
    this.find("note").textContent = scene.view.scale === "fused" ? text("channels-fused") : words;
  }
}

/** @param {HTMLElement} root */
export default async function start(root) {
  await ready;
  const channels = new Channels(root);
  root.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === "sign") change({ sign: target.value });
  });
  watch((now) => {
    if (!isAsked("channels")) return channels.leave();
    for (const input of elements(root, "[name=sign]", HTMLInputElement)) input.checked = input.value === now.view.sign;
    return channels.show(now);
  });
}
