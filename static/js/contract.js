/* What the server's JSON is made of, as far as scripts read it, as types alone; what it means is said in app/schemas.py. */

/** @typedef {import("./coverage.js").Grid} Grid */
/** @typedef {{index: number, label: string, probability: number, logit: number}} Scored */
/** @typedef {{detail?: string, title?: string, request_id?: string}} Problem a refusal */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */
/** @typedef {Scored & {bias: number|null, cam: number[][]|null, box: Box|null}} Prediction null without a map */
/** @typedef {Scored & {bias: number, cam: number[][], box: Box|null}} MappedPrediction */

/**
 * @typedef {object} Network
 * @property {string} id
 * @property {string} name
 * @property {number} classes how many
 * @property {string} head
 * @property {"softmax"|"sigmoid"} activation
 */

/**
 * @typedef {object} Answer what every explanation has
 * @property {Network} model
 * @property {{width: number, height: number, stored_width: number, stored_height: number}} image
 * @property {{scale: number}} input
 */

/** @typedef {{id: string, page_url: string}} Stored */
/** @typedef {Answer & {grid: Grid|null, predictions: Prediction[]}} Explanation not stored, or without regard to it */
/** @typedef {Answer & Stored & {grid: Grid, predictions: MappedPrediction[]}} MappedExplanation stored, with maps */

/** @typedef {{logits: number[], probabilities: number[], bias: number[]}} Scores of all classes, with maps */
/** @typedef {{id: string, classes: {label: string, pictures: number}[], problems: string[]}} Dataset */

/** @typedef {Scored & {cam: number[][]|null}} ComparedClass */
/** @typedef {{grid: Grid|null, chosen: ComparedClass}} Look */

/**
 * @typedef {object} Comparison
 * @property {{width: number, height: number}} image
 * @property {Look} before
 * @property {Look} after
 * @property {number} limit
 * @property {{grid: Grid, cam: number[][], limit: number}|null} difference
 * @property {(Box & {kind: string})[]} regions
 */

/**
 * @typedef {object} Told what a network says of a photo
 * @property {Scored[]} top
 * @property {number} probability of the class asked about
 * @property {number} logit
 */

/** @typedef {{context: number, filling: number, rescaling: number, difference: number}} Split in logits */

/** @typedef {{probability: number, logit: number}} Score */
/** @typedef {{index: number, label: string, before: Score, predicted: Score, actual: Score}} ClassScores before and after */

/**
 * @typedef {object} Counterfactual
 * @property {{index: number, label: string}} subject
 * @property {Told} before
 * @property {Told} predicted
 * @property {Told} actual
 * @property {ClassScores[]} classes
 * @property {Split|null} split
 * @property {string[]} sentences
 * @property {string|null} picture_url
 */

/** @typedef {{probabilities: number[], area_probability: number}} Curve */
/** @typedef {{by_map: Curve, by_chance: Curve}} Curves */
/** @typedef {{shares: number[], sentence: string, deletion: Curves, insertion: Curves}} CurvesAnswer */

/** @typedef {{index: number, weight: number, activation: number, contribution: number, map: number[][]}} Channel */

/**
 * @typedef {object} Channels
 * @property {{index: number, label: string}|null} versus
 * @property {Channel[]} channels
 * @property {{channels: number, contribution: number}} rest
 * @property {number} bias
 * @property {number} logit
 * @property {Grid} grid
 */

/**
 * @typedef {object} Offer of a scale
 * @property {number|"fused"} scale
 * @property {{rows: number, columns: number}} grid
 * @property {number} passes
 * @property {number|null} measured_ms
 * @property {number|null} estimated_ms
 */

/** @typedef {{url: string, cams_url: string, scores_url: string, grid: Grid, account: string[], timing_ms: {forward: number}}} Scaled */

export {};
