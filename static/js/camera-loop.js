/* One frame after the other: the next is taken when the last one's answer is there, and while somebody looks. */

import { explain } from "./api.js";
import { penOf } from "./element.js";
import { patiently } from "./patience.js";

/** @returns {Promise<void>} fulfilled while the page is in view */
async function inView() {
  while (document.hidden) {
    await new Promise((resolve) => {
      document.addEventListener("visibilitychange", resolve, { once: true });
    });
  }
}

/**
 * @param {HTMLVideoElement} video
 * @param {number} longest side in pixels, at most
 * @param {number} quality 0 to 1
 * @returns {Promise<Blob>} the present frame as a JPEG file
 */
export function frame(video, longest, quality) {
  const scale = Math.min(1, longest / Math.max(video.videoWidth, video.videoHeight));
  const [width, height] = [video.videoWidth, video.videoHeight].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  penOf(canvas).drawImage(video, 0, 0, width, height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new RangeError("frame"))), "image/jpeg", quality);
  });
}

export class Loop {
  run = 0; // which one it is; 0 for none
  last = 0;

  /**
   * @param {{url: string, capture: () => Promise<Blob>, fields: () => Record<string, string>}} asked
   * @param {{seen: (explanation: import("./contract.js").Explanation, latencyMs: number) => void,
   *          slow: (error: unknown) => void, failed: (error: unknown) => void}} listener
   */
  constructor(asked, listener) {
    this.asked = asked;
    this.listener = listener;
  }

  get isRunning() {
    return this.run > 0;
  }

  stop() {
    this.run = 0;
  }

  async start() {
    this.last += 1;
    const run = this.last;
    this.run = run;
    try {
      while (this.run === run) await patiently(() => this.once(run), (error) => this.wait(error, run));
    } catch (error) {
      if (this.run !== run) return;
      this.stop();
      this.listener.failed(error);
    }
  }

  /** @param {unknown} error @param {number} run */
  wait(error, run) {
    if (this.run === run) this.listener.slow(error);
  }

  /** Take a frame, and show what is said of it unless this was ended meanwhile. @param {number} run */
  async once(run) {
    await inView();
    if (this.run !== run) return;
    const began = performance.now();
    const explanation = await this.send(await this.asked.capture(), { store: "false" });
    if (this.run === run) this.listener.seen(explanation, performance.now() - began);
  }

  /**
   * @param {Blob} photo
   * @param {Record<string, string>} more fields
   */
  send(photo, more) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...this.asked.fields(), ...more })) form.set(name, value);
    form.set("image", photo, "camera.jpg");
    return explain(this.asked.url, form, () => {});
  }
}
