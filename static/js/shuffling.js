/* Cells in another order, and what a mean makes of them: the same as model/shuffling.py. */

const WORD = 2 ** 32;
const STEP = 0x6d2b79f5;

/** Numbers of 0 to 1 without 1 (Mulberry32). @param {number} seed */
function randoms(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + STEP) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / WORD;
  };
}

/**
 * So many cells in another order; 0 leaves them where they are.
 *
 * @param {number} count
 * @param {number} seed
 */
export function shuffledOrder(count, seed) {
  const order = Array.from({ length: count }, (_, at) => at);
  if (!seed) return order;
  const next = randoms(seed);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** @param {ArrayLike<number>} values one map @param {ArrayLike<number>} order */
export const shuffleCells = (values, order) => Float32Array.from(order, (from) => values[from]);

/**
 * The mean of each map: in double precision, rounded to float32, so that the order of addition is forgotten.
 *
 * @param {ArrayLike<number>} features channels x cells
 * @param {number} channels
 * @param {ArrayLike<number>} order of the cells
 */
export function pooled(features, channels, order) {
  const cells = order.length;
  return Float32Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    for (let at = 0; at < cells; at += 1) sum += features[channel * cells + order[at]];
    return sum / cells;
  });
}

/**
 * What a head's row makes of the means.
 *
 * @param {ArrayLike<number>} vector
 * @param {ArrayLike<number>} row as many weights
 * @param {number} bias
 */
export function logitOf(vector, row, bias) {
  let sum = 0;
  for (let at = 0; at < row.length; at += 1) sum += row[at] * vector[at];
  return Math.fround(sum + bias);
}

/**
 * The map of a row: each cell's own sum.
 *
 * @param {ArrayLike<number>} features channels x cells
 * @param {ArrayLike<number>} row as many weights as channels
 */
export function mapOf(features, row) {
  const cells = features.length / row.length;
  const map = new Float64Array(cells);
  for (let channel = 0, at = 0; channel < row.length; channel += 1) {
    const weight = row[channel];
    for (let cell = 0; cell < cells; cell += 1, at += 1) map[cell] += weight * features[at];
  }
  return map;
}
