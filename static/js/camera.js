/* The map over what a camera sees: choose a camera, start, stop, keep a frame. */

import { alarm } from "./alert.js";
import { getJson, reasonOf as refusalOf } from "./api.js";
import { Follow } from "./camera-class.js";
import { obstacle, offer, open, reasonOf } from "./camera-device.js";
import { Loop, frame } from "./camera-loop.js";
import { View } from "./camera-view.js";
import { tablesFrom } from "./colormap.js";
import { element, given, parts } from "./element.js";
import { text } from "./text.js";

const LIVE = { longest: 512, quality: 0.85 };
const KEPT = { longest: 2048, quality: 0.95 };

class Camera {
  /** @type {MediaStream|null} */
  stream = null;
  isOpening = false;

  /** @param {HTMLElement} root @param {import("./colormap.js").Tables} tables */
  constructor(root, tables) {
    this.root = root;
    this.find = parts(root);
    this.video = this.find("video", HTMLVideoElement);
    this.video.addEventListener("resize", () => this.shape()); // a phone may be turned
    this.network = /** @type {HTMLSelectElement|HTMLInputElement} */ (this.find("network"));
    this.view = new View(root, tables);
    this.follow = new Follow(root);
    const capture = () => frame(this.video, LIVE.longest, LIVE.quality);
    this.loop = new Loop(
      { url: given(root, "explainUrl"), capture, fields: () => this.fields() },
      {
        seen: (explanation, latency) => this.show(explanation, latency),
        slow: (error) => this.say(text("again-soon", { reason: refusalOf(error) })),
        failed: (error) => this.end(text("camera-stopped", { reason: refusalOf(error) })),
      },
    );
  }

  /** What is asked beside the picture. */
  fields() {
    const model = this.network.value;
    return { ...(model && { model }), ...(this.follow.index !== null && { classes: `index:${this.follow.index}` }) };
  }

  /** @param {import("./contract.js").Explanation} explanation @param {number} latency */
  show(explanation, latency) {
    const mode = /** @type {import("./colormap.js").Mode} */ (element(this.root, "[name=mode]:checked", HTMLInputElement).value);
    const opacity = this.find("opacity", HTMLInputElement).valueAsNumber;
    this.say("");
    this.view.show(explanation, latency, { mode, opacity, index: this.follow.index });
  }

  /** @param {string} words */
  say(words) {
    this.find("busy").textContent = words;
  }

  async start() {
    if (this.isOpening) return;
    this.isOpening = true;
    this.end("");
    try {
      this.stream = await open(this.find("camera", HTMLSelectElement).value);
      this.video.srcObject = this.stream;
      await this.video.play();
      await this.go(this.stream.getVideoTracks()[0]);
    } catch (error) {
      this.end(reasonOf(error));
    }
    this.isOpening = false;
  }

  /** It runs: look at its frames. @param {MediaStreamTrack} track */
  async go(track) {
    track.addEventListener("ended", () => this.end(text("camera-gone")));
    this.root.dataset.state = "live";
    this.find("switch").textContent = text("camera-stop");
    this.find("keep", HTMLButtonElement).disabled = false;
    const count = await offer(this.find("camera", HTMLSelectElement), track.getSettings().deviceId);
    this.find("camera-field").hidden = count < 2;
    this.loop.start();
  }

  /** Give the frame the picture's shape. */
  shape() {
    const { videoWidth, videoHeight } = this.video;
    if (videoHeight > 0) this.find("frame").style.setProperty("--ratio", `${videoWidth / videoHeight}`);
  }

  /** Let go of the camera. @param {string} reason why, where nobody asked for it */
  end(reason) {
    this.loop.stop();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    this.view.clear();
    this.say("");
    this.root.dataset.state = "idle";
    this.find("switch").textContent = text("camera-start");
    this.find("keep", HTMLButtonElement).disabled = true;
    alarm(reason, this.root);
  }

  /** Explain this very frame in full, and go to its page. */
  async keep() {
    this.loop.stop();
    this.video.pause();
    const keep = this.find("keep", HTMLButtonElement);
    keep.disabled = true;
    this.say(text("camera-keeping"));
    try {
      const photo = await frame(this.video, KEPT.longest, KEPT.quality);
      location.assign((await this.loop.send(photo, {})).page_url);
    } catch (error) {
      alarm(refusalOf(error), this.root);
      this.say("");
      keep.disabled = false;
      await this.video.play();
      this.loop.start();
    }
  }
}

/** @param {HTMLElement} root */
export default async function start(root) {
  root.hidden = false;
  const blocked = obstacle();
  if (blocked) {
    alarm(blocked, root);
    return;
  }
  try {
    const camera = new Camera(root, tablesFrom(await getJson(given(root, "colormapsUrl"))));
    const { find, network } = camera;
    const mirror = find("mirror", HTMLInputElement);
    const know = () => camera.follow.know(network.value).catch((error) => alarm(refusalOf(error), root));
    find("switch").addEventListener("click", () => (camera.stream ? camera.end("") : camera.start()));
    find("keep").addEventListener("click", () => camera.keep());
    find("camera").addEventListener("change", () => camera.start());
    network.addEventListener("change", know);
    mirror.addEventListener("change", () => root.classList.toggle("live--mirrored", mirror.checked));
    addEventListener("pagehide", () => camera.end(""));
    find("switch", HTMLButtonElement).disabled = false;
    await know();
  } catch (error) {
    alarm(refusalOf(error), root);
  }
}
