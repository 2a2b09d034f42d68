/* What lies in the region that is drawn, in words and in bars: worded like app/comparison_told.py. */

import { element, elements } from "./element.js";
import { shares } from "./evidence.js";
import { facing } from "./facing.js";
import { fixed, percent } from "./numbers.js";
import { text } from "./text.js";

/** @typedef {import("./coverage.js").Region} Region */

const LEAST_POINTS = 0.05;
const DASH = "–";

/** @param {number|null} share */
const word = (share) => (share === null ? DASH : percent(share));

/** @type {(region: Region, before: number|null, after: number|null) => string} */
function sentenceOf(region, before, after) {
  const { photo, comparison } = facing;
  const names = {
    region: text("region-drawn"),
    area: percent(((region.right - region.left) * (region.bottom - region.top)) / (photo.width * photo.height)),
    before: word(before),
    after: word(after),
    label: comparison.before.chosen.label,
  };
  if (before === null || after === null) return text("share-none", names);
  const points = 100 * Math.abs(after - before);
  if (points < LEAST_POINTS) return text("share-same", names);
  return text(after > before ? "share-more" : "share-fewer", { ...names, points: fixed(points, 1) });
}

/** Say it of a region, or that there is none. @type {(row: HTMLElement, note: HTMLElement, region: Region|null) => void} */
export function tellShares(row, note, region) {
  row.hidden = region === null;
  note.textContent = region === null ? text("no-region") : "";
  if (region === null) return;
  const { before: first, after: second } = facing.maps;
  if (!first || !second) return;
  const [before, after] = [first, second].map(({ values, grid }) => shares(values, grid, facing.photo, region));
  element(row, "[data-share-sentence]").textContent = sentenceOf(region, before.given, after.given);
  const found = [before.given, after.given, before.taken, after.taken];
  elements(row, "[data-bar]").forEach((bar, i) => {
    element(bar, "[data-bar-share]", SVGElement).setAttribute("width", `${100 * (found[i] ?? 0)}`);
    element(bar, "[data-bar-words]").textContent = word(found[i]);
  });
}
