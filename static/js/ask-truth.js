/* The question "Is it true?": the network is asked about the photo without its evidence, or with nothing else. */

import { reasonOf, sendJson } from "./api.js";
import { askedOf } from "./areas.js";
import { isAsked } from "./ask.js";
import { curveChart } from "./curvechart.js";
import { change, declare, ready, scene, watch } from "./scene.js";
import { barCell, cell, fill, row, scoreCell } from "./tables.js";
import { text } from "./text.js";

const WAYS = /^(erase|keep)\.(0\.1|0\.2|0\.3|region)\.(blur|mean)$/;
const USUAL = "erase.0.2.blur";

declare("try", USUAL, { read: (words) => (WAYS.test(words) ? words : undefined), write: String });

function wayOf({ try: way }) {
  const [, change_, where, filling] = WAYS.exec(way);
  return { change: change_, where, fill: filling };
}

/** What is asked, as the API takes it. */
function question({ view }) {
  const { change: what, where, fill: filling } = wayOf(view);
  const place = where === "region" ? askedOf(view.region) : { evidence: Number(where) };
  const versus = view.versus === null ? {} : { versus: `index:${view.versus}` };
  return { class: `index:${view.class}`, ...versus, change: what, fill: filling, ...place };
}

function tellScores(table, { subject, before, predicted, actual }) {
  const labels = new Map([[subject.index, subject.label]]);
  for (const { index, label } of [...before.top, ...actual.top]) labels.set(index, label);
  const own = (told, index) => (index === subject.index ? told : told.top.find((one) => one.index === index));
  const rows = [...labels].map(([index, label]) =>
    row(cell(label, "th"), ...[before, predicted, actual].map((told) => scoreCell(own(told, index)))));
  fill(table, rows);
}

function tellSplit(table, split) {
  table.hidden = split === null;
  if (split === null) return;
  const most = Math.max(...Object.values(split).map(Math.abs));
  const parts = [[text("split-context"), split.context], [text("split-filling"), split.filling]];
  if (Math.abs(split.rescaling) > 1e-3) parts.push([text("split-rescaling"), split.rescaling]);
  parts.push([text("split-difference"), split.difference]);
  fill(table, parts.map(([words, value]) => {
    const cells = [cell(""), cell("")];
    cells[value < 0 ? 0 : 1] = barCell(value, most);
    return row(cell(words, "th"), ...cells);
  }));
}

function paragraphs(sentences) {
  return sentences.map((words) => Object.assign(document.createElement("p"), { textContent: words, className: "panel__sentence" }));
}

class Panel {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector("[data-try]");
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.told = ""; // the question whose answer is in view
  }

  write(view) {
    const { elements } = this.form;
    const way = wayOf(view);
    for (const name of ["change", "where", "fill"]) elements[name].value = way[name];
    for (const choice of elements.where) if (choice.value === "region") choice.disabled = !view.region;
    const isStale = JSON.stringify(question({ view })) !== this.told;
    this.find("told").hidden = isStale;
    this.find("curves").hidden = isStale || this.find("charts").childElementCount === 0;
  }

  read() {
    const { change: what, where, fill: filling } = this.form.elements;
    change({ try: [what.value, where.value, filling.value].join(".") });
  }

  /** Ask the server; what is in view meanwhile stays until the answer is there. */
  async ask(url, body, tell) {
    this.find("busy").textContent = text("asking-network");
    this.root.setAttribute("aria-busy", "true");
    try {
      tell(await sendJson(url, body));
      this.find("busy").textContent = "";
    } catch (error) {
      this.find("busy").textContent = reasonOf(error);
    } finally {
      this.root.removeAttribute("aria-busy");
    }
  }

  tell(answer, asked) {
    this.told = asked;
    this.find("charts").replaceChildren();
    this.find("curves").hidden = true;
    this.find("told").hidden = false;
    this.find("sentences").replaceChildren(...paragraphs(answer.sentences));
    tellScores(this.find("scores"), answer);
    tellSplit(this.find("split"), answer.split);
    const picture = this.find("altered");
    picture.hidden = answer.picture_url === null;
    if (answer.picture_url !== null) picture.src = answer.picture_url;
  }

  tellCurves(answer) {
    this.told = JSON.stringify(question(scene));
    this.find("curves").hidden = false;
    this.find("curves-words").textContent = answer.sentence;
    this.find("charts").replaceChildren(...["deletion", "insertion"].map((name) => curveChart(name, answer)));
  }
}

export default async function start(root) {
  await ready;
  const panel = new Panel(root);
  const { url } = root.dataset;
  panel.form.addEventListener("change", () => panel.read());
  panel.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = question(scene);
    panel.ask(url, body, (answer) => panel.tell(answer, JSON.stringify(body)));
  });
  panel.find("curve").addEventListener("click", () => {
    const { class: subject, versus, fill: filling } = question(scene);
    panel.ask(`${url}/curve`, { class: subject, fill: filling, ...(versus && { versus }) }, (answer) => panel.tellCurves(answer));
  });
  watch(({ view }) => isAsked("truth") && panel.write(view));
}
