/* The question "Why this and not that?": the map of the difference of two classes' scores, and what it adds up to. */

import { alongWith, ask, isAsked } from "./ask.js";
import { element, elements } from "./element.js";
import { contribution } from "./evidence.js";
import { Finder } from "./finder.js";
import { fixed, percent, signed } from "./numbers.js";
import { placeName } from "./places.js";
import { change, classOf, isAllKnown, ready, rivalOf, scene } from "./scene.js";
import { shown } from "./shown.js";
import { barCell, cell, fill, row } from "./tables.js";
import { text } from "./text.js";
import { watchOf } from "./watching.js";
import { strongestZone } from "./zones.js";

/** @typedef {import("./view.js").ClassMap} ClassMap */
/** @typedef {import("./shown.js").Shown & {rival: ClassMap}} Margin */

/** The runner-up; null where a class has none. @param {number} index */
function rivalIndex(index) {
  const rival = rivalOf(index);
  return rival.index === index ? null : rival.index;
}

alongWith("versus", {
  enter: () => ({ versus: scene.view.versus ?? rivalIndex(scene.view.class) }),
  leave: () => ({ versus: null }),
});

const SOFTMAX = "softmax"; // of two probabilities the ratio follows from the distance of the logits alone
const MOST_RATIO = 1000;

/** @param {Float32Array} values */
const whole = (values) => new Float32Array(values.length).fill(1);

/** What the distance is made of: what cells give to the first, what they give to the second, and the biases. @param {Margin} map */
function partsOf(map) {
  const { given, taken } = contribution(map.values, whole(map.values));
  return { first: given, second: taken, bias: map.bias };
}

/** @param {Margin} map */
function sentenceOf(map) {
  const { selected, rival, logit } = map;
  const ratio = Math.exp(Math.abs(logit));
  const [ahead, behind] = logit >= 0 ? [selected, rival] : [rival, selected];
  const words = { ahead: ahead.label, behind: behind.label, margin: fixed(Math.abs(logit)), ratio: fixed(ratio) };
  const isRatio = scene.explanation.model.activation === SOFTMAX && ratio < MOST_RATIO;
  return isRatio ? text("versus-ahead", words) : text("versus-ahead-far", words);
}

/** Where in the photo each of the two has most of what speaks for it rather than for the other. @param {Margin} map */
function placesOf(map) {
  const { grid, explanation } = scene;
  const against = map.values.map((value) => -value);
  /** @type {(values: Float32Array, one: ClassMap) => string[]} */
  const told = (values, { label }) => {
    const found = strongestZone(values, grid, explanation.image);
    return found ? [text("zone-for", { label, zone: placeName(found.zone), share: percent(found.share) })] : [];
  };
  return [...told(map.values, map.selected), ...told(against, map.rival)].join(" ");
}

/** @param {HTMLElement} root */
function tell(root) {
  const map = /** @type {Margin} */ (shown(scene));
  const { first, second, bias } = partsOf(map);
  const most = Math.max(first, second, Math.abs(bias), Math.abs(map.logit));
  /** @type {(words: string, value: number) => HTMLTableRowElement} */
  const line = (words, value) => {
    const empty = cell("");
    return row(cell(words, "th"), ...(value < 0 ? [barCell(value, most), empty] : [empty, barCell(value, most)]));
  };
  element(root, "[data-sentence]").textContent = sentenceOf(map);
  element(root, "[data-first]").textContent = text("legend-against", { label: map.selected.label });
  element(root, "[data-second]").textContent = text("legend-against", { label: map.rival.label });
  fill(element(root, "[data-gives]", HTMLTableElement), [
    line(text("versus-for", { label: map.selected.label }), first),
    line(text("versus-for", { label: map.rival.label }), -second),
    line(text("versus-bias"), bias),
    line(text("versus-sum"), map.logit),
  ]);
  element(root, "[data-note]").textContent = placesOf(map);
}

/** @param {HTMLElement} root */
export default async function start(root) {
  await ready;
  if (!(await isAllKnown())) return;
  const [first, second] = elements(root, "[data-finder]");
  const classes = () => scene.classes.values();
  /** @param {() => number} index */
  const others = (index) => () => [...scene.classes.values()].filter((one) => one.index !== index());
  const one = new Finder(first, classes, (index) => change({ class: index }));
  const other = new Finder(second, others(() => scene.view.class), (index) => change({ versus: index }));
  element(root, "[data-swap]").addEventListener("click", () => {
    const { class: first, versus: second } = scene.view;
    if (second !== null) change({ class: second, versus: first });
  });
  element(root, "[data-alone]").addEventListener("click", () => ask("seen"));
  watchOf(({ view, classes }) => [view.ask, view.class, view.versus, classes], ({ view }) => {
    if (!isAsked("versus")) return;
    one.show(classOf(view.class).label);
    other.show(view.versus === null ? "" : classOf(view.versus).label);
    element(root, "[data-told]").hidden = view.versus === null;
    if (view.versus !== null) tell(root);
  });
}
