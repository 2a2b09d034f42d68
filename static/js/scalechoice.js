/* A scale that can be chosen: what it is like and what it costs. */

import { fixed } from "./numbers.js";
import { text } from "./text.js";

/** @typedef {import("./contract.js").Offer} Offer */

/** @param {Offer} offer */
const nameOf = ({ scale }) => `${scale}`;

/** What a scale is like and costs, in words. @param {Offer} offer */
function wordsOf({ scale, grid, passes, measured_ms: measured, estimated_ms: estimated }) {
  const cells = `${grid.columns} × ${grid.rows}`;
  const ms = estimated ?? measured; // what it took may have been a first, cold pass
  const words = { scale: `${scale}`, cells, passes: `${passes}`, ms: ms === null ? "?" : fixed(ms, 0) };
  return scale === "fused" ? text("scale-fused", words) : text("scale-costs", words);
}

/** A radio button for it. @param {Offer} offer */
export function choice(offer) {
  const [label, input, words] = ["label", "input", "span"].map((tag) => document.createElement(tag));
  Object.assign(input, { type: "radio", name: "scale", value: nameOf(offer) });
  words.textContent = wordsOf(offer);
  label.className = "check";
  label.append(input, words);
  return label;
}
