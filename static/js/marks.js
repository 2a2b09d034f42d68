/* What is marked on the map: its strongest cell, the box around what counts, and signs on what takes away. */

import { peak } from "./geometry.js";
import { minusSigns } from "./minus.js";

/**
 * @param {import("./view.js").Scene} scene
 * @param {import("./shown.js").Shown} map
 * @returns {{peak: {x: number, y: number}|null, box: {x: number, y: number, width: number, height: number}|null, minus: string}}
 *   in photo pixels; null where it is not wanted or not there, and an empty path where nothing takes away
 */
export function marksOf({ explanation, grid, view }, map) {
  const strongest = peak(map.values, grid, explanation.image);
  const found = explanation.predictions.find(({ index }) => index === view.class)?.box;
  const box = (view.box && !map.rival && found) || null;
  const isDrawn = view.mode === "signed" && view.opacity > 0;
  return {
    peak: view.peak && map.limit > 0 ? strongest : null,
    minus: isDrawn ? minusSigns({ values: map.values, grid, photo: explanation.image }, map.limit, view.threshold) : "",
    box: box && { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top },
  };
}
