/* What takes away, told without colours: a minus sign on each cell that takes more than a little. */

import { cellArea } from "./geometry.js";
import { drawn, layer } from "./stage.js";

const LEAST = 0.1; // of full colour; less is hardly seen
const LENGTH = 0.28; // of a cell

/**
 * The signs as a path in photo pixels; empty where nothing takes away.
 *
 * @param {import("./colormap.js").PhotoMap} map
 * @param {number} limit full colour, in logits
 * @param {number} least a part of it; weaker cells have no sign
 */
export function minusSigns({ values, grid, photo }, limit, least = LEAST) {
  const below = -limit * Math.max(least, LEAST);
  return Array.from(values, (value, at) => {
    if (!(value < 0 && value <= below)) return "";
    const { x, y, width, height } = cellArea(grid, { row: Math.floor(at / grid.columns), column: at % grid.columns }, photo);
    const length = LENGTH * Math.min(width, height);
    return `M${(x + (width - length) / 2).toFixed(2)} ${(y + height / 2).toFixed(2)}h${length.toFixed(2)}`;
  }).join("");
}

/**
 * Draw signs over a map, instead of those that were there.
 *
 * @param {Element} stage
 * @param {string} path of `minusSigns`
 */
export function drawMinus(stage, path) {
  const kinds = path ? ["mark mark--minus", "mark mark--minus mark--dark"] : [];
  layer(stage, "minus").replaceChildren(...kinds.map((kind) => drawn("path", { d: path, class: kind })));
}
