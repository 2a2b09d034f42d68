/* Pooling: one value for each window of a map. The same as model/pooling.py. */

/** @typedef {{kind: "max"|"average", size: number, stride: number, padding: "valid"|"same"}} Pooling */
/** @typedef {{values: ArrayLike<number>, rows: number, columns: number}} NumberMap */
/** @typedef {{top: number, left: number, bottom: number, right: number}} Window cells of the map alone, ends excluded */

/** @param {number} side @param {Pooling} pooling */
export function sideAfter(side, { size, stride, padding }) {
  return padding === "same" ? Math.ceil(side / stride) : Math.max(0, Math.floor((side - size) / stride) + 1);
}

/** @param {number} side @param {Pooling} pooling */
function before(side, pooling) {
  if (pooling.padding === "valid") return 0;
  const total = (sideAfter(side, pooling) - 1) * pooling.stride + pooling.size - side;
  return Math.floor(Math.max(0, total) / 2);
}

/**
 * The cells that one value afterwards is made of.
 *
 * @param {{rows: number, columns: number}} map
 * @param {Pooling} pooling
 * @param {number} row afterwards
 * @param {number} column afterwards
 * @returns {Window}
 */
export function windowOf({ rows, columns }, pooling, row, column) {
  const top = row * pooling.stride - before(rows, pooling);
  const left = column * pooling.stride - before(columns, pooling);
  return {
    top: Math.max(0, top),
    left: Math.max(0, left),
    bottom: Math.min(rows, top + pooling.size),
    right: Math.min(columns, left + pooling.size),
  };
}

/**
 * Pool a map; null where no window fits.
 *
 * @param {NumberMap} map
 * @param {Pooling} pooling
 * @returns {(NumberMap & {values: Float64Array})|null}
 */
export function pool(map, pooling) {
  const rows = sideAfter(map.rows, pooling);
  const columns = sideAfter(map.columns, pooling);
  if (!rows || !columns) return null;
  const values = new Float64Array(rows * columns);
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, at += 1) {
      const { top, left, bottom, right } = windowOf(map, pooling, row, column);
      let largest = -Infinity;
      let sum = 0;
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) {
          const value = map.values[y * map.columns + x];
          sum += value;
          if (value > largest) largest = value;
        }
      }
      values[at] = pooling.kind === "max" ? largest : sum / ((bottom - top) * (right - left));
    }
  }
  return { values, rows, columns };
}

/**
 * A map, and what pooling makes of it again and again, as long as a window fits and something gets smaller.
 *
 * @param {NumberMap} map
 * @param {Pooling} pooling
 * @param {number} times how often at most
 * @returns {NumberMap[]} the map itself first
 */
export function again(map, pooling, times) {
  const maps = [map];
  for (let turn = 0; turn < times; turn += 1) {
    const last = maps[maps.length - 1];
    const next = last.rows === 1 && last.columns === 1 ? null : pool(last, pooling);
    if (!next) break;
    maps.push(next);
  }
  return maps;
}

/**
 * A square map of zeros with two ones in its middle row.
 *
 * @param {number} side
 * @param {number} left column of the first
 * @param {number} apart columns to the second
 * @returns {NumberMap}
 */
export function twoDots(side, left, apart) {
  const values = new Float64Array(side * side);
  const start = (side / 2) * side + left;
  values[start] = 1;
  values[start + apart] = 1;
  return { values, rows: side, columns: side };
}
