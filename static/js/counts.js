/* What layers cost, counted by hand: the same as model/parameter_counts.py. */

const POOL = 2;

/** @typedef {"input"|"convolution"|"pooling"|"dense"|"softmax"} Step */
/** @typedef {{step: Step, shape: number[], size: number, parameters: number, account: string}} Count */
/** @typedef {{side: number, channels: number, kernel: number, first: number, second: number, wide: number, narrow: number, classes: number}} SmallNetwork */

/** @param {number} value */
const plain = (value) => value.toLocaleString("en");

/** @type {(step: Step, shape: number[], parameters?: number, account?: string) => Count} */
const count = (step, shape, parameters = 0, account = "") => {
  return { step, shape, size: shape.reduce((product, side) => product * side, 1), parameters, account };
};

/**
 * The layers of a small network; null where a window does not fit.
 *
 * @param {SmallNetwork} network
 * @returns {Count[]|null}
 */
export function counted({ kernel, first, second, wide, narrow, classes, ...photo }) {
  let { side, channels } = photo;
  const counts = [count("input", [side, side, channels])];
  for (const filters of [first, second]) {
    const after = side - kernel + 1;
    const account = `(${kernel} × ${kernel} × ${plain(channels)} + 1) × ${plain(filters)}`;
    counts.push(count("convolution", [after, after, filters], (kernel * kernel * channels + 1) * filters, account));
    side = Math.floor(after / POOL);
    channels = filters;
    if (side < 1) return null;
    counts.push(count("pooling", [side, side, channels]));
  }
  let inputs = side * side * channels;
  /** @type {[Step, number][]} */
  const dense = [["dense", wide], ["dense", narrow], ["softmax", classes]];
  for (const [step, outputs] of dense) {
    counts.push(count(step, [outputs], (inputs + 1) * outputs, `(${plain(inputs)} + 1) × ${plain(outputs)}`));
    inputs = outputs;
  }
  return counts;
}

/**
 * A valid convolution beside a dense layer from the same numbers to the same numbers; null where a filter does not fit.
 *
 * @param {{side: number, channels: number, kernel: number, filters: number}} convolution
 */
export function connections({ side, channels, kernel, filters }) {
  const after = side - kernel + 1;
  if (after < 1) return null;
  const inputs = side * side * channels;
  const outputs = after * after * filters;
  const seen = kernel * kernel * channels;
  return { inputs, outputs, seen, dense: inputs * outputs, sparse: seen * outputs, shared: (seen + 1) * filters };
}

/**
 * How many numbers filters leave of a photo, before pooling and after; null where a filter or a window does not fit.
 *
 * @param {{side: number, kernel: number, filters: number, window: number}} sizes
 */
export function remaining({ side, kernel, filters, window }) {
  const found = side - kernel + 1;
  const pooled = Math.floor(found / window);
  if (found < 1 || pooled < 1) return null;
  return { found, detected: found * found * filters, pooled, condensed: pooled * pooled * filters, whole: filters };
}
