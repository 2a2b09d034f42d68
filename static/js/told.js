/* What an area gives to the scores, and what the head would say without it, in words and tables. */

import { reasonOf, sendJson } from "./api.js";
import { askedOf } from "./areas.js";
import { scaleAsked } from "./atscale.js";
import { comparedOf, partsIn, sentenceOf } from "./areawords.js";
import { given, parts as partsOf } from "./element.js";
import { contribution, logitsWithout } from "./evidence.js";
import { lastOf } from "./lastof.js";
import { percent } from "./numbers.js";
import { classOf, isAllKnown, scene } from "./scene.js";
import { probabilities, topClass, topClasses } from "./scores.js";
import { shown } from "./shown.js";
import { barCell, cell, fill, row, scoreCell } from "./tables.js";
import { text } from "./text.js";

/** @typedef {import("./areas.js").Area} Area */
/** @typedef {import("./contract.js").Scored} Scored */

const LINEAR = ["gap", "sum", "conv"]; // heads whose scores follow from the maps alone
const SHOWN = 5;
const ASK_AFTER_MS = 300;

/** @typedef {import("./view.js").Scene} Scene */

/** The likeliest of as many classes as are known. @type {(classes: Scene["classes"], count: number) => import("./view.js").ClassMap[]} */
const firstOf = lastOf((classes) => topClasses(classes.values(), SHOWN));

/** The first classes of the maps in view, the one that is looked at, and the one it is put against. */
function classesOf() {
  const { classes, view } = scene;
  return [...new Set([...firstOf(classes, classes.size), classOf(view.class), classOf(view.versus ?? view.class)])];
}

/** What an area gives to the map in view where that is of two classes, and to each class. @type {(table: HTMLTableElement, map: import("./shown.js").Shown, parts: Float64Array) => void} */
function tellBalance(table, { rival, title, values: differences }, parts) {
  const told = [...(rival ? [{ label: title, values: differences }] : []), ...classesOf()];
  const found = told.map(({ label, values }) => ({ label, ...contribution(values, parts) }));
  const most = Math.max(...found.flatMap(({ given, taken }) => [given, taken]));
  const rows = found.map(({ label, given, taken }) => row(cell(label, "th"), barCell(-taken, most, true), barCell(given, most)));
  fill(table, rows);
}

/** Every class's logit without an area, by its index. @type {(area: Area, classes: Scene["classes"]) => number[]} */
const leftWithout = lastOf((area, classes) => {
  const parts = partsIn(area);
  const all = Array.from({ length: classes.size }, (_, index) => classOf(index));
  return all.map(({ logit, values }) => logitsWithout([logit], values, parts)[0]);
});

/** @type {(label: string, ...told: import("./contract.js").Score[]) => HTMLTableRowElement} */
const scoresRow = (label, ...told) => row(cell(label, "th"), ...told.map(scoreCell));

export class Told {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.asking = 0;
    this.asked = ""; // of the head, as JSON
    this.find = partsOf(root);
    this.gives = this.find("gives", HTMLTableElement);
    this.left = this.find("left", HTMLTableElement);
  }

  /** @param {Area | null} area @param {import("./view.js").View} view */
  async tell(area, view) {
    this.find("told").hidden = !area;
    if (!area) return;
    const [parts, map] = [partsIn(area), shown(scene)];
    this.find("sentence").textContent = sentenceOf(map, parts);
    this.find("compared").textContent = comparedOf(map, view);
    tellBalance(this.gives, map, parts);
    if (!(await isAllKnown())) return;
    const isHere = LINEAR.includes(scene.explanation.model.head);
    this.find("how").textContent = isHere ? text("without-how") : text("without-how-server");
    if (isHere) this.tellScores(leftWithout(area, scene.classes));
    else this.askSoon({ class: `index:${view.class}`, change: "erase", network: false, ...scaleAsked(view), ...askedOf(area) });
  }

  /** Ask once the drawing rests, and not about the same again. @param {object} body */
  askSoon(body) {
    const asked = JSON.stringify(body);
    if (asked === this.asked) return;
    this.asked = asked;
    clearTimeout(this.asking);
    this.find("without").textContent = text("asking-network");
    fill(this.left, []);
    this.asking = setTimeout(() => this.askHead(body, asked), ASK_AFTER_MS);
  }

  /** What a head says that is not linear: the server's own computes it. @param {object} body @param {string} asked */
  async askHead(body, asked) {
    try {
      /** @type {import("./contract.js").Counterfactual} */
      const { before, predicted, classes } = await sendJson(given(this.root, "headUrl"), body);
      if (asked !== this.asked) return; // something else was drawn meanwhile
      this.tellFirst(before.top[0], predicted.top[0]);
      fill(this.left, classes.map((one) => scoresRow(one.label, one.before, one.predicted)));
    } catch (error) {
      if (asked !== this.asked) return;
      this.asked = "";
      this.find("without").textContent = reasonOf(error);
    }
  }

  /** @param {Scored} before @param {Scored} after */
  tellFirst(before, after) {
    const words = { label: after.label, probability: percent(after.probability), before: before.label };
    const isSame = after.index === before.index;
    this.find("without").textContent = isSame ? text("without-same", words) : text("without-other", words);
  }

  /** @param {number[]} logits of all classes, without the area */
  tellScores(logits) {
    const all = [...scene.classes.values()];
    const chances = probabilities(logits, scene.explanation.model.activation);
    /** @param {Scored} one */
    const left = (one) => ({ ...one, logit: logits[one.index], probability: chances[one.index] });
    const after = topClass(all.map(left));
    this.tellFirst(topClass(all), after);
    const rows = [...new Set([...classesOf(), classOf(after.index)])];
    fill(this.left, rows.map((one) => scoresRow(one.label, one, left(one))));
  }
}
