/* Text in PNG files (W3C, "PNG Specification (Third Edition)", section 11.3.3): the same bytes as model/png.py. */

const BEFORE_TEXT = 33; // the signature's 8 bytes, and IHDR's 25
const encoder = new TextEncoder();

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/**
 * @param {Uint8Array} bytes
 * @returns {number} the checksum that a chunk ends with, unsigned
 */
export function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/**
 * @param {string} kind four letters
 * @param {Uint8Array} body
 * @returns {Uint8Array<ArrayBuffer>}
 */
function chunk(kind, body) {
  const bytes = new Uint8Array(body.length + 12);
  const numbers = new DataView(bytes.buffer);
  numbers.setUint32(0, body.length);
  bytes.set(encoder.encode(kind), 4);
  bytes.set(body, 8);
  numbers.setUint32(body.length + 8, crc32(bytes.subarray(4, body.length + 8)));
  return bytes;
}

/**
 * @param {string} keyword 1 to 79 printable ASCII characters
 * @param {string} words
 * @returns {Uint8Array<ArrayBuffer>} tEXt where ASCII says it, else iTXt, uncompressed
 */
export function textChunk(keyword, words) {
  const said = words.replaceAll("\0", "\ufffd"); // no text may hold the character that ends one
  const isPlain = [...said].every((letter) => letter.charCodeAt(0) < 128);
  const between = isPlain ? "\0" : "\0".repeat(5);
  return chunk(isPlain ? "tEXt" : "iTXt", encoder.encode(keyword + between + said));
}

/**
 * @param {Uint8Array<ArrayBuffer>} png a whole file
 * @param {Record<string, string>} told by keyword
 * @returns {Uint8Array<ArrayBuffer>[]} the parts of the same file with the text in it
 */
export function withText(png, told) {
  const chunks = Object.entries(told).map(([keyword, words]) => textChunk(keyword, words));
  return [png.subarray(0, BEFORE_TEXT), ...chunks, png.subarray(BEFORE_TEXT)];
}
