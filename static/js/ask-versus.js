/* The question "Why this and not that?": the map of the difference of two classes' scores, and what it adds up to. */

import { alongWith, ask, isAsked } from "./ask.js";
import { contribution } from "./evidence.js";
import { Finder } from "./finder.js";
import { fixed, percent, signed } from "./numbers.js";
import { placeName } from "./places.js";
import { change, isAllKnown, ready, rivalOf, scene, watch } from "./scene.js";
import { shown } from "./shown.js";
import { barCell, cell, fill, row } from "./tables.js";
import { text } from "./text.js";
import { strongestZone } from "./zones.js";

/** The runner-up; null where a class has none. */
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

const whole = (values) => new Float32Array(values.length).fill(1);

/** What the distance is made of: what cells give to the first, what they give to the second, and the biases. */
function partsOf(map) {
  const { given, taken } = contribution(map.values, whole(map.values));
  return { first: given, second: taken, bias: map.bias };
}

function sentenceOf(map) {
  const { selected, rival, logit } = map;
  const ratio = Math.exp(Math.abs(logit));
  const [ahead, behind] = logit >= 0 ? [selected, rival] : [rival, selected];
  const words = { ahead: ahead.label, behind: behind.label, margin: fixed(Math.abs(logit)), ratio: fixed(ratio) };
  const isRatio = scene.explanation.model.activation === SOFTMAX && ratio < MOST_RATIO;
  return isRatio ? text("versus-ahead", words) : text("versus-ahead-far", words);
}

/** Where in the photo each of the two has most of what speaks for it rather than for the other. */
function placesOf(map) {
  const { grid, explanation } = scene;
  const against = map.values.map((value) => -value);
  const [first, second] = [map.values, against].map((values) => strongestZone(values, grid, explanation.image));
  const told = [[first, map.selected], [second, map.rival]].filter(([zone]) => zone !== null);
  const words = told.map(([{ zone, share }, { label }]) =>
    text("zone-for", { label, zone: placeName(zone), share: percent(share) }));
  return words.join(" ");
}

function tell(root) {
  const map = shown(scene);
  const { first, second, bias } = partsOf(map);
  const most = Math.max(first, second, Math.abs(bias), Math.abs(map.logit));
  const line = (words, value) => {
    const empty = cell("");
    return row(cell(words, "th"), ...(value < 0 ? [barCell(value, most), empty] : [empty, barCell(value, most)]));
  };
  root.querySelector("[data-sentence]").textContent = sentenceOf(map);
  fill(root.querySelector("[data-gives]"), [
    line(text("versus-for", { label: map.selected.label }), first),
    line(text("versus-for", { label: map.rival.label }), -second),
    line(text("versus-bias"), bias),
    line(text("versus-sum"), map.logit),
  ]);
  root.querySelector("[data-note]").textContent = placesOf(map);
}

export default async function start(root) {
  await ready;
  if (!(await isAllKnown())) return;
  const [first, second] = [...root.querySelectorAll("[data-finder]")];
  const classes = () => scene.classes.values();
  const others = (index) => () => [...scene.classes.values()].filter((one) => one.index !== index());
  const one = new Finder(first, classes, (index) => change({ class: index }));
  const other = new Finder(second, others(() => scene.view.class), (index) => change({ versus: index }));
  root.querySelector("[data-swap]").addEventListener("click", () => {
    const { class: first, versus: second } = scene.view;
    if (second !== null) change({ class: second, versus: first });
  });
  root.querySelector("[data-alone]").addEventListener("click", () => ask("seen"));
  watch(({ view, classes: known }) => {
    if (!isAsked("versus")) return;
    one.show(known.get(view.class).label);
    other.show(known.get(view.versus)?.label ?? "");
    root.querySelector("[data-told]").hidden = view.versus === null;
    if (view.versus !== null) tell(root);
  });
}
