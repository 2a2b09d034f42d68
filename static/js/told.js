/* What an area gives to the scores, and what the head would say without it, in words and tables. */

import { reasonOf, sendJson } from "./api.js";
import { askedOf, placeOf } from "./areas.js";
import { areaOf, partsOf } from "./coverage.js";
import { contribution, logitsWithout, sharesOf } from "./evidence.js";
import { percent, signed } from "./numbers.js";
import { isAllKnown, scene } from "./scene.js";
import { probabilities } from "./scores.js";
import { shown } from "./shown.js";
import { barCell, cell, fill, row, scoreCell } from "./tables.js";
import { text } from "./text.js";

const LINEAR = ["gap", "sum", "conv"]; // heads whose scores follow from the maps alone
const SHOWN = 5;
const ASK_AFTER_MS = 300;
const DASH = "–";

const part = (share) => (share === null ? DASH : percent(share));
const partsIn = (area) => partsOf(placeOf(area), scene.grid, scene.explanation.image);

/** The first classes of the maps in view, and the one that is looked at. */
function classesOf({ classes, view }) {
  const first = [...classes.values()].sort((one, other) => other.logit - one.logit).slice(0, SHOWN);
  return [...new Set([...first, classes.get(view.class)])];
}

function inAll(values, parts) {
  const { given, taken } = contribution(values, parts);
  return signed(given - taken);
}

function sentenceOf({ title, values }, parts) {
  const { given, taken } = sharesOf(values, parts);
  const area = percent(areaOf(parts, scene.grid, scene.explanation.image));
  const words = { area, label: title, given: part(given), taken: part(taken), sum: inAll(values, parts) };
  return taken === null ? text("region-gives", words) : text("region-gives-and-takes", words);
}

/** Both areas beside each other, where there are two. */
function comparedOf({ title, values }, { region, other }) {
  if (!region || !other) return "";
  const [first, second] = [region, other].map(partsIn);
  return text("regions-compared", {
    label: title,
    first: part(sharesOf(values, first).given),
    second: part(sharesOf(values, second).given),
    first_sum: inAll(values, first),
    second_sum: inAll(values, second),
  });
}

function tellBalance(table, parts) {
  const found = classesOf(scene).map((one) => ({ ...one, ...contribution(one.values, parts) }));
  const most = Math.max(...found.flatMap(({ given, taken }) => [given, taken]));
  const rows = found.map(({ label, given, taken }) => row(cell(label, "th"), barCell(-taken, most, true), barCell(given, most)));
  fill(table, rows);
}

/** Every class's logit without parts of the cells, by its index. */
function leftWithout(parts) {
  const { classes, explanation } = scene;
  const all = Array.from({ length: explanation.model.classes }, (_, index) => classes.get(index));
  return all.map(({ logit, values }) => logitsWithout([logit], values, parts)[0]);
}

const scoresRow = (label, ...told) => row(cell(label, "th"), ...told.map(scoreCell));

const best = (classes, logits) => classes.reduce((top, one) => (logits[one.index] > logits[top.index] ? one : top));

export class Told {
  constructor(root) {
    this.root = root;
    this.asking = 0;
    this.asked = ""; // of the head, as JSON
    this.find = (name) => root.querySelector(`[data-${name}]`);
  }

  /** @param {import("./areas.js").Area | null} area */
  async tell(area, view) {
    this.find("told").hidden = !area;
    if (!area) return;
    const [parts, map] = [partsIn(area), shown(scene)];
    this.find("sentence").textContent = sentenceOf(map, parts);
    this.find("compared").textContent = comparedOf(map, view);
    tellBalance(this.find("gives"), parts);
    if (!(await isAllKnown())) return;
    const isHere = LINEAR.includes(scene.explanation.model.head);
    this.find("how").textContent = isHere ? text("without-how") : text("without-how-server");
    if (isHere) this.tellScores(leftWithout(parts));
    else this.askSoon({ class: `index:${view.class}`, change: "erase", network: false, ...askedOf(area) });
  }

  /** Ask once the drawing rests, and not about the same again. */
  askSoon(body) {
    const asked = JSON.stringify(body);
    if (asked === this.asked) return;
    this.asked = asked;
    clearTimeout(this.asking);
    this.find("without").textContent = text("asking-network");
    fill(this.find("left"), []);
    this.asking = setTimeout(() => this.askHead(body, asked), ASK_AFTER_MS);
  }

  /** What a head says that is not linear: the server's own computes it. */
  async askHead(body, asked) {
    try {
      const { before, predicted } = await sendJson(this.root.dataset.headUrl, body);
      if (asked !== this.asked) return; // something else was drawn meanwhile
      this.tellFirst(before.top[0], predicted.top[0]);
      const after = (index) => predicted.top.find((one) => one.index === index);
      fill(this.find("left"), before.top.map((one) => scoresRow(one.label, one, after(one.index))));
    } catch (error) {
      if (asked !== this.asked) return;
      this.asked = "";
      this.find("without").textContent = reasonOf(error);
    }
  }

  tellFirst(before, after) {
    const words = { label: after.label, probability: percent(after.probability), before: before.label };
    const isSame = after.index === before.index;
    this.find("without").textContent = isSame ? text("without-same", words) : text("without-other", words);
  }

  /** @param {number[]} logits of all classes, without the area */
  tellScores(logits) {
    const all = [...scene.classes.values()];
    const chances = probabilities(logits, scene.explanation.model.activation);
    const left = (one) => ({ ...one, logit: logits[one.index], probability: chances[one.index] });
    const first = all.reduce((top, one) => (one.logit > top.logit ? one : top));
    const after = left(best(all, logits));
    this.tellFirst(first, after);
    const rows = [...new Set([...classesOf(scene), scene.classes.get(after.index)])];
    fill(this.find("left"), rows.map((one) => scoresRow(one.label, one, left(one))));
  }
}
