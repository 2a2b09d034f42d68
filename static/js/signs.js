/* The colours of what adds and what takes away, outside of the map: those of the map's own legend. */

import { scene } from "./scene.js";

const NEAR_THE_END = 32; // of 256; the very ends are nearly black

/** @param {boolean} isTaken what takes away, else what adds */
export function endColour(isTaken) {
  const { tables, view } = scene;
  const table = tables.signed[view.colormap] ?? Object.values(tables.signed)[0];
  const at = 3 * (isTaken ? NEAR_THE_END : 255 - NEAR_THE_END);
  const parts = table.slice(at, at + 3);
  return `rgb(${parts})`;
}
