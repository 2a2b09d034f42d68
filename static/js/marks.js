/* What is marked on the map: its strongest cell, and the box around what counts. */

import { peak } from "./geometry.js";

/**
 * @param {import("./view.js").Scene} scene
 * @param {import("./shown.js").Shown} map
 * @returns {{peak: {x: number, y: number}|null, box: {x: number, y: number, width: number, height: number}|null}}
 *   in photo pixels; null where it is not wanted or not there
 */
export function marksOf({ explanation, grid, view }, map) {
  const strongest = peak(map.values, grid, explanation.image);
  const found = explanation.predictions.find(({ index }) => index === view.class)?.box;
  const box = (view.box && !map.rival && found) || null;
  return {
    peak: view.peak && map.limit > 0 ? strongest : null,
    box: box && { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top },
  };
}
