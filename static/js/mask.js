/* Outlines as a mask, a PNG of indices: the same rule as model/masks.py. */

/** @typedef {import("./coverage.js").Photo} Photo */
/** @typedef {Photo & {classes: {regions: {rings: import("./contours.js").Ring[]}[]}[]}} Outlined */

const PALETTE = [[0, 114, 178], [184, 71, 0], [0, 121, 90], [165, 64, 122], [122, 85, 0], [23, 22, 21]];
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const SUMS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});

/**
 * Give a value to the pixels whose centres rings enclose.
 *
 * @param {Uint8Array} pixels
 * @param {Photo} size
 * @param {import("./contours.js").Ring[]} rings
 * @param {number} value
 */
function fill(pixels, { width, height }, rings, value) {
  /** @type {Map<number, number[]>} by row */
  const crossings = new Map();
  for (const ring of rings) {
    ring.forEach(([toX, toY], at) => {
      const [x, y] = ring[(at || ring.length) - 1];
      const last = Math.min(height, Math.ceil(Math.max(y, toY) - 0.5));
      for (let row = Math.max(0, Math.ceil(Math.min(y, toY) - 0.5)); row < last; row += 1) {
        const place = x + (toX - x) * ((row + 0.5 - y) / (toY - y));
        const known = crossings.get(row);
        if (known) known.push(place);
        else crossings.set(row, [place]);
      }
    });
  }
  for (const [row, places] of crossings) {
    places.sort((one, other) => one - other);
    for (let i = 0; i < places.length; i += 2) {
      const [start, end] = [Math.ceil(places[i] - 0.5), Math.ceil(places[i + 1] - 0.5)];
      pixels.fill(value, row * width + Math.max(0, start), row * width + Math.max(0, Math.min(width, end)));
    }
  }
}

/**
 * Which class each pixel belongs to, row by row: 0 none, else its place, from 1 on; the first of several.
 *
 * @param {Outlined} photo
 */
export function mask(photo) {
  const pixels = new Uint8Array(photo.width * photo.height);
  for (let place = photo.classes.length; place > 0; place -= 1) {
    for (const { rings } of photo.classes[place - 1].regions) fill(pixels, photo, rings, place);
  }
  return pixels;
}

/** @param {Uint8Array} bytes */
function crc(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = SUMS[(sum ^ byte) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}

/**
 * A part of a PNG file: its length, its name, what is in it, and a checksum.
 *
 * @param {string} name
 * @param {Uint8Array} bytes
 */
function chunk(name, bytes) {
  const made = new Uint8Array(bytes.length + 12);
  const view = new DataView(made.buffer);
  view.setUint32(0, bytes.length);
  made.set([...name].map((letter) => letter.charCodeAt(0)), 4);
  made.set(bytes, 8);
  view.setUint32(bytes.length + 8, crc(made.subarray(4, -4)));
  return made;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function deflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The parts of a PNG file with the mask and its palette, for a Blob. @param {Outlined} photo */
export async function maskPng(photo) {
  const { width, height } = photo;
  const pixels = mask(photo);
  const lines = new Uint8Array((width + 1) * height); // in front of each row the filter: none
  for (let row = 0; row < height; row += 1) lines.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, 3], 8); // bits, indexed
  const colours = [0, 0, 0, ...Array.from({ length: 255 }, (_, i) => PALETTE[i % PALETTE.length]).flat()];
  return [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("PLTE", Uint8Array.from(colours)),
    chunk("IDAT", await deflated(lines)),
    chunk("IEND", new Uint8Array(0)),
  ];
}
