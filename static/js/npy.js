/* NumPy's file format, as far as the server writes it: little-endian float32 in C order. */

const MAGIC = "\u0093NUMPY";

/** @typedef {{shape: number[], values: Float32Array}} Npy */

/**
 * @param {ArrayBuffer} buffer
 * @returns {Npy}
 * @throws {TypeError} when it is anything else
 */
export function readNpy(buffer) {
  const bytes = new Uint8Array(buffer);
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== MAGIC) throw new TypeError("npy");
  const view = new DataView(buffer);
  const wide = bytes[6] >= 2;
  const start = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const shape = /'shape': \(([\d, ]*)\)/.exec(header);
  if (!header.includes("'<f4'") || !header.includes("'fortran_order': False") || !shape) throw new TypeError(header);
  const sizes = shape[1].split(",").filter((part) => part.trim()).map(Number);
  const count = sizes.reduce((product, size) => product * size, 1);
  return { shape: sizes, values: new Float32Array(buffer.slice(start + length), 0, count) };
}
