/* What is marked on the map: its strongest cell, and the box around what counts. */

import { peak } from "./geometry.js";

/**
 * @returns {{peak: {x: number, y: number}|null, box: {x: number, y: number, width: number, height: number}|null}}
 *   in photo pixels; null where it is not wanted or not there
 */
export function marksOf({ explanation, grid, view }, map) {
  const strongest = peak(map.values, grid, explanation.image);
  const found = explanation.predictions.find(({ index }) => index === view.class)?.box;
  const { left, top, right, bottom } = (view.box && !map.rival && found) || {};
  return {
    peak: view.peak && map.limit > 0 ? strongest : null,
    box: left === undefined ? null : { x: left, y: top, width: right - left, height: bottom - top },
  };
}
