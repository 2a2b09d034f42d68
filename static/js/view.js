/* What the modules of one page hand to each other about the map in view, as types alone. */

/** @typedef {import("./coverage.js").Grid} Grid */
/** @typedef {import("./contract.js").Scored & {bias: number, values: Float32Array}} ClassMap in logits, row by row */

/**
 * @typedef {object} View how it is looked at; what it holds more is declared where it is used
 * @property {number} class
 * @property {number|null} versus the class it is put against
 * @property {import("./colormap.js").Mode} mode
 * @property {string} colormap
 * @property {number} opacity 0 to 1
 * @property {number} threshold 0 to 1
 * @property {"smooth"|"grid"} cells
 * @property {boolean} grey
 * @property {boolean} peak
 * @property {boolean} box
 * @property {string} ask the question in view
 * @property {import("./areas.js").Area|null} region
 * @property {import("./areas.js").Area|null} other
 * @property {string|null} outlined see chosen.js
 * @property {number} at threshold of outlines
 * @property {boolean} largest
 * @property {string|null} scale
 * @property {string} sign
 * @property {string} try
 * @property {boolean} tried whether the address had an answer to show; see trying.js
 */

/** @typedef {keyof View} Name */
/** @typedef {Pick<Scene, "explanation"|"tables">} Known */

/**
 * @typedef {object} Scene
 * @property {import("./contract.js").MappedExplanation} explanation
 * @property {import("./colormap.js").Tables} tables
 * @property {Grid} grid where the cells of the maps in view lie on the photo
 * @property {Map<number, ClassMap>} classes by index, of the maps in view
 * @property {View} view
 * @property {Partial<View>} plain what the server shows of its own
 * @property {import("./geometry.js").Cell|null} cell pointed at
 * @property {Promise<unknown>} all settled once every class is known
 */

export {};
