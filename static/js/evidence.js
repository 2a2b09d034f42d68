/* How much of a map's evidence lies in a region of the photo: the same rule as model/comparison.py. */

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Where the `count` cells of one axis begin and end: cut to the photo, the outer ones reaching its edges. */
export function cellEdges(count, pitch, start, length) {
  const edges = Array.from({ length: count + 1 }, (_, i) => clamp(start + pitch * i, 0, length));
  edges[0] = 0;
  edges[count] = length;
  return edges;
}

/** The part of each of `count` cells along one axis that lies between two places, 0 to 1. */
function covered(count, pitch, start, length, low, high) {
  const edges = cellEdges(count, pitch, start, length);
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [edges[i], edges[i + 1]];
    if (to <= from) return low <= from && from <= high ? 1 : 0;
    return Math.max(0, Math.min(to, high) - Math.max(from, low)) / (to - from);
  });
}

/**
 * @param {ArrayLike<number>} values rows x columns, row by row
 * @param {{left: number, top: number, right: number, bottom: number}} region in photo pixels
 * @returns {{given: number|null, taken: number|null}} 0 to 1, null where there is nothing to share
 */
export function shares(values, grid, photo, region) {
  const across = covered(grid.columns, grid.cell_width, grid.left, photo.width, region.left, region.right);
  const down = covered(grid.rows, grid.cell_height, grid.top, photo.height, region.top, region.bottom);
  const part = (sign) => {
    let [inside, whole] = [0, 0];
    for (let i = 0; i < values.length; i += 1) {
      const amount = Math.max(sign * values[i], 0);
      inside += amount * across[i % grid.columns] * down[Math.floor(i / grid.columns)];
      whole += amount;
    }
    return whole === 0 ? null : Math.min(1, inside / whole);
  };
  return { given: part(1), taken: part(-1) };
}

/** A region cut to the photo; null where it is none, or lies beside it. */
export function cutTo(photo, { left, top, right, bottom }) {
  const cut = {
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    right: Math.min(right, photo.width),
    bottom: Math.min(bottom, photo.height),
  };
  const isFinite = Object.values(cut).every(Number.isFinite);
  return isFinite && left < right && top < bottom && cut.left < cut.right && cut.top < cut.bottom ? cut : null;
}
