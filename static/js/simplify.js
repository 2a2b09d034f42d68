/* Rings with fewer points: the same rule as `simplified` in model/contours.py. */

/** @typedef {import("./coverage.js").Point} Point */

/**
 * @param {Point[]} ring
 * @param {Point} to
 * @returns its place in the ring
 */
function farthestFrom(ring, [toX, toY]) {
  let [best, place] = [-1, 0];
  ring.forEach(([x, y], at) => {
    const distance = (x - toX) * (x - toX) + (y - toY) * (y - toY);
    if (distance > best) [best, place] = [distance, at];
  });
  return place;
}

/**
 * From a point to the line between two others.
 *
 * @param {Point} point
 * @param {Point} start
 * @param {Point} end
 */
function distance(point, start, end) {
  const [x, y] = [end[0] - start[0], end[1] - start[1]];
  let [awayX, awayY] = [point[0] - start[0], point[1] - start[1]];
  const length = x * x + y * y;
  const along = length > 0 ? Math.min(Math.max((awayX * x + awayY * y) / length, 0), 1) : 0;
  [awayX, awayY] = [awayX - x * along, awayY - y * along];
  return Math.sqrt(awayX * awayX + awayY * awayY);
}

/**
 * A ring without the points that lie close to the line without them (Ramer, Douglas and Peucker).
 *
 * @param {Point[]} ring
 * @param {number} tolerance how far from the new ring an old point may lie
 * @returns {Point[]} all points where fewer than three would be left
 */
export function simplified(ring, tolerance) {
  const first = farthestFrom(ring, ring[0]);
  const turned = [...ring.slice(first), ...ring.slice(0, first)];
  const middle = farthestFrom(turned, turned[0]);
  const keep = new Set([0, middle]);
  const parts = [[0, middle], [middle, turned.length]];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const [start, end] = part;
    let [far, place] = [tolerance, -1];
    for (let at = start + 1; at < end; at += 1) {
      const away = distance(turned[at], turned[start], turned[end % turned.length]);
      if (away > far) [far, place] = [away, at];
    }
    if (place < 0) continue;
    keep.add(place);
    parts.push([start, place], [place, end]);
  }
  return keep.size > 2 ? turned.filter((_, at) => keep.has(at)) : ring;
}
