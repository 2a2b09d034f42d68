/* The pixels of a raster that are in, and the way around them: the same steps as in model/contours.py. */

/** @typedef {{cells: Uint8Array, stride: number, height: number}} Mask */

export const BORDER = 2; // around the raster: its outer pixels again, at the photo's edge; then nothing
export const IN = 1;
const SEEN = 2;
const WEST = 3; // sides of a pixel, clockwise from above

/** @type {(runs: import("./runs.js").Run[], size: import("./coverage.js").Photo) => Mask} */
export function maskOf(runs, { width, height }) {
  const stride = width + 2 * BORDER;
  const cells = new Uint8Array(stride * (height + 2 * BORDER));
  for (const { row, start, end } of runs) {
    const at = (row + BORDER) * stride;
    cells.fill(IN, at + (start > 0 ? start + BORDER : 1), at + end + BORDER + (end === width ? 1 : 0));
  }
  const last = (height + BORDER) * stride;
  cells.copyWithin(stride, 2 * stride, 3 * stride);
  cells.copyWithin(last, last - stride, last);
  return { cells, stride, height: height + 2 * BORDER };
}

/**
 * The pixels and sides that a ring goes along, clockwise, from the west side of one of them.
 * @type {(mask: Mask, start: number) => number[]}
 */
export function trace({ cells, stride }, start) {
  const steps = [-stride, 1, stride, -1];
  const ring = [];
  let [at, side] = [start, WEST];
  do {
    ring.push(at, side);
    if (side === WEST) cells[at] = SEEN;
    const along = (side + 1) % 4;
    const ahead = at + steps[along];
    if (cells[ahead + steps[side]]) {
      at = ahead + steps[side];
      side = (side + 3) % 4;
    } else if (cells[ahead]) {
      at = ahead;
    } else {
      side = along;
    }
  } while (at !== start || side !== WEST);
  return ring;
}
