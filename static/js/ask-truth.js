/* The question "Is it true?": the network is asked about the photo without its evidence, or with nothing else. */

import { reasonOf, sendJson } from "./api.js";
import { isAsked } from "./ask.js";
import { curveChart } from "./curvechart.js";
import { element, given, parts } from "./element.js";
import { hasEvidence, outlineErased } from "./erased.js";
import { change, ready, scene } from "./scene.js";
import { text } from "./text.js";
import { paragraphs, tellScores, tellSplit } from "./truth.js";
import { isLast, question, remember, sameAs, subjectOf, wayOf } from "./trying.js";
import { watchOf } from "./watching.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./contract.js").Counterfactual} Counterfactual */
/** @typedef {Record<"change"|"where"|"fill", string>} Way */
/** @typedef {Record<keyof Way, RadioNodeList>} Fields */

class Panel {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.form = element(root, "[data-try]", HTMLFormElement);
    this.find = parts(root);
    this.curved = ""; // the question whose curves are there
    this.asked = /** @type {Map<string, string>} */ (new Map()); // by address: the question on its way
    this.failed = ""; // the one that was refused
  }

  get fields() {
    return /** @type {HTMLFormControlsCollection & Fields} */ (this.form.elements);
  }

  /** Whether there is something to erase or keep. */
  get isPossible() {
    return wayOf(scene.view).where === "region" || hasEvidence();
  }

  /** @param {View} view */
  write(view) {
    const { change: what, where, fill: filling } = this.fields;
    const way = wayOf(view);
    [what.value, where.value, filling.value] = [way.change, way.where, way.fill];
    element(this.form, "[name=where][value=region]", HTMLInputElement).disabled = !view.region;
    for (const name of ["submit", "curve"]) this.allow(this.find(name, HTMLButtonElement));
    this.find("no-evidence").hidden = this.isPossible;
    this.find("told").hidden = !isLast("answered", view);
    this.find("curves").hidden = !sameAs(this.curved, subjectOf(view));
    this.find("scale-note").hidden = view.scale !== "fused";
    if (this.asked.size === 0 && !sameAs(this.failed, question(view))) this.find("busy").textContent = "";
  }

  /** A button can be pressed, or says why it cannot. @param {HTMLButtonElement} button */
  allow(button) {
    button.disabled = !this.isPossible;
    if (button.disabled) button.setAttribute("aria-describedby", this.find("no-evidence").id);
    else button.removeAttribute("aria-describedby");
  }

  read() {
    const { change: what, where, fill: filling } = this.fields;
    change({ try: [what.value, where.value, filling.value].join(".") });
  }

  /** Try the photo as it was chosen. @param {string} url */
  try(url) {
    const body = question(scene.view);
    remember("sent", JSON.stringify(body));
    this.ask(url, body, (answer, asked) => this.tell(answer, asked));
  }

  /**
   * Ask the server; what is in view meanwhile stays until the answer is there. Of two questions the newer counts.
   *
   * @param {string} url
   * @param {object} body
   * @param {(answer: any, asked: string) => void} tell
   */
  async ask(url, body, tell) {
    const asked = JSON.stringify(body);
    if (asked === this.asked.get(url)) return; // a second click
    const about = JSON.stringify(question(scene.view));
    this.asked.set(url, asked);
    this.failed = "";
    this.find("busy").textContent = text("asking-network");
    this.root.setAttribute("aria-busy", "true");
    let reason = "";
    try {
      const answer = await sendJson(url, body);
      if (asked === this.asked.get(url)) tell(answer, asked);
    } catch (error) {
      reason = reasonOf(error);
    }
    if (asked !== this.asked.get(url)) return;
    this.asked.delete(url);
    this.failed = reason && about;
    const isBusy = this.asked.size > 0;
    this.find("busy").textContent = reason || (isBusy ? text("asking-network") : "");
    if (!isBusy) this.root.removeAttribute("aria-busy");
    this.write(scene.view); // which may be about something else by now
  }

  /** @param {Counterfactual} answer @param {string} asked */
  tell(answer, asked) {
    this.find("sentences").replaceChildren(...paragraphs(answer.sentences));
    tellScores(this.find("scores", HTMLTableElement), answer);
    tellSplit(this.find("split", HTMLTableElement), answer.split);
    const picture = this.find("altered", HTMLImageElement);
    picture.hidden = answer.picture_url === null;
    if (answer.picture_url !== null) picture.src = answer.picture_url;
    remember("answered", asked);
  }

  /** @param {import("./contract.js").CurvesAnswer} answer @param {string} asked */
  tellCurves(answer, asked) {
    this.curved = asked;
    this.find("curves-words").textContent = answer.sentence;
    this.find("charts").replaceChildren(curveChart("deletion", answer), curveChart("insertion", answer));
  }
}

/** What the panel and the outline follow. @param {import("./view.js").Scene} scene */
const readsOf = ({ view, classes, grid }) => [view.ask, view.class, view.versus, view.region, view.try, view.scale, classes, grid];

/** @param {HTMLElement} root */
export default async function start(root) {
  await ready;
  const panel = new Panel(root);
  const url = given(root, "url");
  panel.form.addEventListener("change", () => panel.read());
  panel.form.addEventListener("submit", (event) => {
    event.preventDefault();
    panel.try(url);
  });
  panel.find("curve").addEventListener("click", () => {
    panel.ask(`${url}/curve`, subjectOf(scene.view), (answer, asked) => panel.tellCurves(answer, asked));
  });
  const stage = element(document, "[data-stage]");
  watchOf(readsOf, ({ view }) => {
    outlineErased(stage, isAsked("truth") ? wayOf(view).where : null);
    if (isAsked("truth")) panel.write(view);
  });
  if (isAsked("truth") && scene.view.tried && panel.isPossible) panel.try(url);
}
