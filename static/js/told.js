/* What an area gives to the scores, and what the head would say without it, in words and tables. */

import { reasonOf, sendJson } from "./api.js";
import { placeOf } from "./areas.js";
import { areaOf, partsOf } from "./coverage.js";
import { contribution, logitsWithout, sharesOf } from "./evidence.js";
import { fixed, percent, signed } from "./numbers.js";
import { isAllKnown, scene } from "./scene.js";
import { probabilities } from "./scores.js";
import { shown } from "./shown.js";
import { barCell, cell, fill, row } from "./tables.js";
import { text } from "./text.js";

const LINEAR = ["gap", "sum", "conv"]; // heads whose scores follow from the maps alone
const SHOWN = 5;
const ASK_AFTER_MS = 300;
const DASH = "–";

const part = (share) => (share === null ? DASH : percent(share));
const partsIn = (area) => partsOf(placeOf(area), scene.grid, scene.explanation.image);

/** The explained classes, and the one in view. */
function classesOf({ explanation, classes, view }) {
  const indices = explanation.predictions.slice(0, SHOWN).map(({ index }) => index);
  return [...new Set([...indices, view.class])].map((index) => classes.get(index));
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
  const rows = found.map(({ label, given, taken }) => row(cell(label, "th"), barCell(-taken, most), barCell(given, most)));
  fill(table, rows);
}

/** Every class's logit without parts of the cells, by its index; the server's head says where the maps cannot. */
async function leftWithout(url, parts) {
  const { classes, explanation, grid } = scene;
  if (LINEAR.includes(explanation.model.head)) {
    const all = Array.from({ length: explanation.model.classes }, (_, index) => classes.get(index));
    return all.map(({ logit, values }) => logitsWithout([logit], values, parts)[0]);
  }
  const cells = Array.from({ length: grid.rows }, (_, i) => [...parts.slice(i * grid.columns, (i + 1) * grid.columns)]);
  return (await sendJson(url, { change: "erase", cells, network: false })).predicted.logits;
}

const best = (classes, logits) => classes.reduce((top, one) => (logits[one.index] > logits[top.index] ? one : top));

export class Told {
  constructor(root) {
    this.root = root;
    this.asking = 0;
    this.find = (name) => root.querySelector(`[data-${name}]`);
  }

  /** @param {import("./areas.js").Area | null} area */
  async tell(area, view) {
    clearTimeout(this.asking);
    this.find("told").hidden = !area;
    if (!area) return;
    const [parts, map] = [partsIn(area), shown(scene)];
    this.find("sentence").textContent = sentenceOf(map, parts);
    this.find("compared").textContent = comparedOf(map, view);
    tellBalance(this.find("gives"), parts);
    if (!(await isAllKnown())) return;
    const isHere = LINEAR.includes(scene.explanation.model.head);
    this.find("how").textContent = isHere ? text("without-how") : text("without-how-server");
    if (isHere) await this.tellLeft(parts);
    else this.asking = setTimeout(() => this.tellLeft(parts), ASK_AFTER_MS);
  }

  async tellLeft(parts) {
    try {
      this.tellScores(await leftWithout(this.root.dataset.headUrl, parts));
    } catch (error) {
      this.find("without").textContent = reasonOf(error);
    }
  }

  tellScores(logits) {
    const all = [...scene.classes.values()];
    const [before, after] = [all.map(({ logit }) => logit), best(all, logits)];
    const left = probabilities(logits, scene.explanation.model.activation);
    const first = best(all, before);
    const words = { label: after.label, probability: percent(left[after.index]), before: first.label };
    this.find("without").textContent = after === first ? text("without-same", words) : text("without-other", words);
    const rows = [...new Set([...classesOf(scene), after])].map(({ index, label, logit, probability }) => {
      const told = [[probability, logit], [left[index], logits[index]]];
      return row(cell(label, "th"), ...told.map(([chance, score]) => cell(text("chance", { chance: percent(chance), score: fixed(score) }))));
    });
    fill(this.find("left"), rows);
  }
}
