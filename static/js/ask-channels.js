/* The question "What kind of thing?": the feature maps that brought the class its score, each with its own small map. */

import { getJson, reasonOf } from "./api.js";
import { isAsked } from "./ask.js";
import { drawMap, limitOf } from "./colormap.js";
import { fit } from "./geometry.js";
import { fixed, signed } from "./numbers.js";
import { declare, change, oneOf, ready, scene, watch } from "./scene.js";
import { text } from "./text.js";

const COUNT = 12;
const SIDE = 160;

declare("sign", "both", oneOf("both", "given", "taken"));

function flat(map) {
  return Float32Array.from(map.flat());
}

function item(channel, grid, limit) {
  const { explanation, tables, view } = scene;
  const [element, place, photo, canvas, words] = ["li", "span", "img", "canvas", "span"].map((tag) => document.createElement(tag));
  element.className = "channel";
  place.className = "channel__map";
  Object.assign(photo, { src: document.querySelector("[data-photo]").src, alt: "", loading: "lazy" });
  Object.assign(canvas, fit(explanation.image, SIDE));
  const style = { ...view, mode: "signed", threshold: 0, opacity: 0.85 };
  const table = view.mode === "signed" ? tables.signed[view.colormap] : Object.values(tables.signed)[0];
  drawMap(canvas, { values: flat(channel.map), grid, photo: explanation.image }, style, table, limit);
  place.append(photo, canvas);
  words.className = "channel__words";
  words.textContent = text("channel", {
    number: `${channel.index}`,
    contribution: signed(channel.contribution),
    weight: signed(channel.weight),
    activation: fixed(channel.activation),
  });
  element.append(place, words);
  return element;
}

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
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.answers = new Map();
    this.shown = ""; // the query whose answer is in view, or on its way, or refused
    this.isRefused = false;
  }

  /** Ask again what was refused, the next time somebody wants to know. */
  leave() {
    if (this.isRefused) this.shown = "";
  }

  async answerTo(query) {
    if (!this.answers.has(query)) {
      this.find("busy").textContent = text("asking-network");
      this.answers.set(query, await getJson(`${this.root.dataset.url}?${query}`));
    }
    return this.answers.get(query);
  }

  async show({ view }) {
    const versus = view.versus === null ? {} : { versus: view.versus };
    const query = new URLSearchParams({ class: view.class, ...versus, count: COUNT, sign: view.sign }).toString();
    if (query === this.shown) return;
    [this.shown, this.isRefused] = [query, false];
    try {
      const answer = await this.answerTo(query);
      if (this.shown === query) this.tell(answer);
    } catch (error) {
      if (this.shown !== query) return; // something else was asked meanwhile
      this.isRefused = true;
      this.find("channels").replaceChildren();
      this.find("sum").textContent = "";
      this.find("note").textContent = "";
      this.find("busy").textContent = reasonOf(error);
    }
  }

  tell(answer) {
    this.find("busy").textContent = "";
    const limit = Math.max(...answer.channels.map(({ map }) => limitOf(flat(map), "signed")), 0);
    this.find("channels").replaceChildren(...answer.channels.map((channel) => item(channel, answer.grid, limit)));
    this.find("sum").textContent = sumOf(answer);
    this.find("note").textContent = text("channels-scale");
  }
}

export default async function start(root) {
  await ready;
  const channels = new Channels(root);
  root.addEventListener("change", ({ target }) => target.name === "sign" && change({ sign: target.value }));
  watch((now) => {
    if (!isAsked("channels")) return channels.leave();
    for (const input of root.querySelectorAll("[name=sign]")) input.checked = input.value === now.view.sign;
    return channels.show(now);
  });
}
