/* What a layer gave for the photo, from the server: some channels at a time, each asked for once. */

import { getArray } from "./api.js";

const AT_ONCE = 8; // channels: a quarter of a megabyte and more in early layers

export class Activations {
  /** @type {Map<string, Promise<import("./npy.js").Npy>>} */
  known = new Map();

  /** @param {string} url of the API, with the photo and the network */
  constructor(url) {
    this.url = url;
  }

  /**
   * @param {string} layer
   * @param {number} channel
   * @returns {Promise<import("./pooling.js").NumberMap>}
   */
  async map(layer, channel) {
    const first = channel - (channel % AT_ONCE);
    const query = new URLSearchParams({ layer, first: `${first}`, count: `${AT_ONCE}` });
    const address = `${this.url}&${query}`;
    const asked = this.known.get(address) ?? getArray(address);
    this.known.set(address, asked);
    asked.catch(() => this.known.delete(address)); // so that it is asked for again
    const { shape: [, rows, columns], values } = await asked;
    const start = (channel - first) * rows * columns;
    return { values: values.subarray(start, start + rows * columns), rows, columns };
  }
}
