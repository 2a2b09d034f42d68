/* The map over what a camera sees: choose a camera, start, stop, keep a frame. */

import { alarm } from "./alert.js";
import { getJson, reasonOf as refusalOf } from "./api.js";
import { Follow } from "./camera-class.js";
import { cameras, obstacle, open, reasonOf } from "./camera-device.js";
import { Loop, frame } from "./camera-loop.js";
import { View } from "./camera-view.js";
import { tablesFrom } from "./colormap.js";
import { text } from "./text.js";

const LIVE = { longest: 512, quality: 0.85 };
const KEPT = { longest: 2048, quality: 0.95 };

class Camera {
  /** @type {MediaStream|null} */
  stream = null;
  isOpening = false;

  constructor(root, tables) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.video = this.find("video");
    this.video.addEventListener("resize", () => this.shape()); // a phone may be turned
    this.view = new View(root, tables);
    this.follow = new Follow(root);
    const capture = () => frame(this.video, LIVE.longest, LIVE.quality);
    this.loop = new Loop(
      { url: root.dataset.explainUrl, capture, fields: () => this.fields() },
      {
        seen: (explanation, latency) => this.show(explanation, latency),
        slow: (error) => this.say(text("again-soon", { reason: refusalOf(error) })),
        failed: (error) => this.end(text("camera-stopped", { reason: refusalOf(error) })),
      },
    );
  }

  /** What is asked beside the picture. */
  fields() {
    const model = this.find("network").value;
    return { ...(model && { model }), ...(this.follow.index !== null && { classes: `index:${this.follow.index}` }) };
  }

  show(explanation, latency) {
    const mode = this.root.querySelector("[name=mode]:checked").value;
    const opacity = this.find("opacity").valueAsNumber;
    this.say("");
    this.view.show(explanation, latency, { mode, opacity, index: this.follow.index });
  }

  say(words) {
    this.find("busy").textContent = words;
  }

  async start() {
    if (this.isOpening) return;
    this.isOpening = true;
    this.end("");
    try {
      this.stream = await open(this.find("camera").value);
      this.video.srcObject = this.stream;
      await this.video.play();
      await this.go(this.stream.getVideoTracks()[0]);
    } catch (error) {
      this.end(reasonOf(error));
    }
    this.isOpening = false;
  }

  /** It runs: look at its frames. */
  async go(track) {
    track.addEventListener("ended", () => this.end(text("camera-gone")));
    this.root.dataset.state = "live";
    this.find("switch").textContent = text("camera-stop");
    this.find("keep").disabled = false;
    await this.list(track.getSettings().deviceId);
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
    this.find("keep").disabled = true;
    alarm(reason, this.root);
  }

  async list(chosen) {
    const found = await cameras();
    this.find("camera").replaceChildren(...found.map(({ id, name }) => new Option(name, id)));
    this.find("camera").value = chosen;
    this.find("camera-field").hidden = found.length < 2;
  }

  /** Explain this very frame in full, and go to its page. */
  async keep() {
    this.loop.stop();
    this.video.pause();
    this.find("keep").disabled = true;
    this.say(text("camera-keeping"));
    try {
      const photo = await frame(this.video, KEPT.longest, KEPT.quality);
      location.assign((await this.loop.send(photo, {})).page_url);
    } catch (error) {
      alarm(refusalOf(error), this.root);
      this.say("");
      this.find("keep").disabled = false;
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
    const camera = new Camera(root, tablesFrom(await getJson(root.dataset.colormapsUrl)));
    const find = (name) => root.querySelector(`[data-${name}]`);
    const know = () => camera.follow.know(find("network").value).catch((error) => alarm(refusalOf(error), root));
    find("switch").addEventListener("click", () => (camera.stream ? camera.end("") : camera.start()));
    find("keep").addEventListener("click", () => camera.keep());
    find("camera").addEventListener("change", () => camera.start());
    find("network").addEventListener("change", know);
    find("mirror").addEventListener("change", ({ target }) => root.classList.toggle("live--mirrored", target.checked));
    addEventListener("pagehide", () => camera.end(""));
    find("switch").disabled = false;
    await know();
  } catch (error) {
    alarm(refusalOf(error), root);
  }
}
