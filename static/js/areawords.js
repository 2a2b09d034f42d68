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
export function sentenceOf({ title, values }, parts) {
  const { given, taken } = sharesOf(values, parts);
  const area = percent(areaOf(parts, scene.grid, scene.explanation.image));
  const words = { area, label: title, given: part(given), taken: part(taken), sum: inAll(values, parts) };
  return taken === null ? text("region-gives", words) : text("region-gives-and-takes", words);
}

/** Both areas beside each other, where there are two. @type {(map: Shown, view: import("./view.js").View) => string} */
export function comparedOf({ title, values }, { region, other }) {
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
