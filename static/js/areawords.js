/* What lies in an area that somebody drew, in sentences. */

import { placeOf } from "./areas.js";
import { areaOf, partsOf } from "./coverage.js";
import { contribution, sharesOf } from "./evidence.js";
import { percent, signed } from "./numbers.js";
import { scene } from "./scene.js";
import { text } from "./text.js";

/** @typedef {import("./areas.js").Area} Area */
/** @typedef {import("./shown.js").Shown} Shown */

const DASH = "–";

/** @param {number|null} share */
const part = (share) => (share === null ? DASH : percent(share));
/** The part of each cell in view that lies in it. @param {Area} area */
export const partsIn = (area) => partsOf(placeOf(area), scene.grid, scene.explanation.image);

/** @type {(values: Float32Array, parts: Float64Array) => string} */
function inAll(values, parts) {
  const { given, taken } = contribution(values, parts);
  return signed(given - taken);
}

/** What it gives and takes. @type {(map: Shown, parts: Float64Array) => string} */
export function sentenceOf({ selected, rival, values }, parts) {
  const { given, taken } = sharesOf(values, parts);
  const area = percent(areaOf(parts, scene.grid, scene.explanation.image));
  const words = { area, label: selected.label, given: part(given), taken: part(taken), sum: inAll(values, parts) };
  if (rival) return text(taken === null ? "region-speaks" : "region-speaks-for-both", { ...words, other: rival.label });
  return taken === null ? text("region-gives", words) : text("region-gives-and-takes", words);
}

/** Both areas beside each other, where there are two. @type {(map: Shown, view: import("./view.js").View) => string} */
export function comparedOf({ selected, rival, values }, { region, other }) {
  if (!region || !other) return "";
  const [first, second] = [region, other].map(partsIn);
  const words = {
    label: selected.label,
    first: part(sharesOf(values, first).given),
    second: part(sharesOf(values, second).given),
    first_sum: inAll(values, first),
    second_sum: inAll(values, second),
  };
  return rival ? text("regions-compared-speaking", { ...words, other: rival.label }) : text("regions-compared", words);
}
