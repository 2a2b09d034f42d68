/* One photo of many: what the table says of it, and its map. */

import { concentration } from "./concentration.js";

/**
 * @typedef {object} Shot
 * @property {number} order in which it was added
 * @property {string} name of its file, with the folders it lay in
 * @property {string} id of its explanation
 * @property {string} page
 * @property {string} network
 * @property {string} label of the most probable class
 * @property {string|null} second label of the next one; null where the network has one class
 * @property {number} probability 0 to 1
 * @property {number} logit
 * @property {number|null} margin the first class's logit less the second's
 * @property {number|null} concentration 0.1 to 1; null without a map, or where nothing adds to the class
 * @property {boolean} exact whether there is a map
 */

/** @typedef {import("./contract.js").Explanation & import("./contract.js").Stored} Explained */

/**
 * @typedef {object} ShotMap the map of the most probable class
 * @property {Float32Array} values
 * @property {import("./coverage.js").Grid} grid
 * @property {import("./coverage.js").Photo} photo
 */

/**
 * @param {Explained} explanation an answer of the API
 * @param {{name: string, order: number}} photo
 * @returns {Shot}
 */
export function shotOf(explanation, { name, order }) {
  const [first, second = null] = explanation.predictions;
  return {
    order,
    name,
    id: explanation.id,
    page: explanation.page_url,
    network: explanation.model.name,
    label: first.label,
    second: second && second.label,
    probability: first.probability,
    logit: first.logit,
    margin: second && first.logit - second.logit,
    concentration: first.cam && concentration(first.cam.flat()),
    exact: first.cam !== null,
  };
}

/**
 * @param {import("./contract.js").Explanation} explanation
 * @returns {ShotMap|null}
 */
export function mapOf({ predictions: [first], grid, image: photo }) {
  return grid && first.cam && { values: Float32Array.from(first.cam.flat()), grid, photo };
}
