/* How concentrated a map's evidence is: the same rule as model/concentration.py. */

const STRONGEST_SHARE = 0.1;

/**
 * The part of what a map's cells give that comes from the strongest tenth of them.
 *
 * @param {ArrayLike<number>} values in logits
 * @returns {number|null} from 0.1 (evenly) to 1; null where no cell gives anything
 */
export function concentration(values) {
  const given = Float64Array.from(values, (value) => Math.max(value, 0)).sort().reverse();
  const whole = given.reduce((sum, value) => sum + value, 0);
  if (!(whole > 0)) return null;
  const cells = given.length * STRONGEST_SHARE;
  let inside = 0;
  for (let i = 0; i < given.length && i < cells; i += 1) inside += given[i] * Math.min(1, cells - i);
  return Math.min(1, inside / whole);
}
