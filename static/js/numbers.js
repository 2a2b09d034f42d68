/* Numbers as people read them: the same rules as app/text.py. */

const MOST_DECIMALS = 8;
const MORE_DECIMALS = 4;
const FLOAT_DIGITS = 9;
const LEAST_SHARE = 0.001;
/**
 * With so many decimals; of two equally near ones the even one. Intl would say the same, but takes longer to get ready
 * than a page to draw its map.
 *
 * @param {number} value 0 or more
 * @param {number} digits
 * @param {number} shift of the decimal point to the right
 */
function rounded(value, digits, shift = 0) {
  const [mantissa, exponent = "0"] = `${value}`.split("e");
  const scaled = Number(`${mantissa}e${Number(exponent) + shift + digits}`);
  const near = Math.round(scaled);
  const isTie = scaled % 1 === 0.5;
  return ((isTie ? near - (near % 2) : near) / 10 ** digits).toFixed(digits);
}

/** Decimals that show a value of this size well: 2 for 9.12 and 31.42, 1 for 812.3, 4 for 0.0512. @param {number} size */
export function decimals(size) {
  const magnitude = Math.abs(size);
  if (!(magnitude > 0) || !Number.isFinite(magnitude)) return 2;
  const exponent = Math.floor(Math.log10(magnitude));
  return Math.min(MOST_DECIMALS, Math.max(0, exponent >= 1 ? 3 - exponent : 2 - exponent));
}

/**
 * Decimals with which first + second = total also holds as it is written, if a few more can do that.
 *
 * @param {number} first
 * @param {number} second
 * @param {number} total
 */
export function summingDecimals(first, second, total) {
  const fewest = decimals(Math.max(Math.abs(first), Math.abs(second), Math.abs(total)));
  for (let digits = fewest; digits < fewest + MORE_DECIMALS; digits += 1) {
    const [a, b, sum] = [first, second, total].map((value) => Math.floor(value * 10 ** digits + 0.5));
    if (a + b === sum) return digits;
  }
  return fewest;
}

/**
 * A float32 in the shortest decimals that are still the same number, for programs: the same as app/decimals.py.
 *
 * @param {number} value
 */
export function shortest(value) {
  let digits = 1;
  while (digits < FLOAT_DIGITS && Math.fround(Number(value.toPrecision(digits))) !== Math.fround(value)) digits += 1;
  return String(Number(value.toPrecision(digits)));
}

/**
 * A number with a true minus sign.
 *
 * @param {number} value
 */
export function fixed(value, digits = decimals(value)) {
  const shown = rounded(Math.abs(value), digits);
  return value < 0 && /[1-9]/.test(shown) ? `−${shown}` : shown;
}

/**
 * A number that always says which way it points: +1.20, −0.31, 0.00.
 *
 * @param {number} value
 */
export function signed(value, digits = decimals(value)) {
  const shown = fixed(value, digits);
  return value > 0 && /[1-9]/.test(shown) ? `+${shown}` : shown;
}

/** 61.2%; never all or nothing where it is not: <0.1%, >99.9%. @param {number} fraction */
export function percent(fraction) {
  const inside = fraction > 0 && fraction < 1;
  const shown = inside ? Math.min(Math.max(fraction, LEAST_SHARE), 1 - LEAST_SHARE) : fraction;
  const beyond = fraction < shown ? "<" : ">";
  const mark = Math.abs(shown - fraction) < LEAST_SHARE / 2 ? "" : beyond;
  return `${mark}${rounded(shown, 1, 2)}%`;
}

/** 61% @param {number} fraction */
export function share(fraction) {
  return `${rounded(fraction, 0, 2)}%`;
}

/** How far something is off, to one digit: 1e-6. @param {number} value */
export function tiny(value) {
  return value === 0 ? "0" : Math.abs(value).toExponential(0);
}
