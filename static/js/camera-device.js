/* The cameras of this machine, as far as the browser gives them. */

import { text } from "./text.js";

/** @type {Record<string, () => string>} */
const SENTENCES = {
  NotAllowedError: () => text("camera-refused"),
  SecurityError: () => text("camera-refused"),
  NotFoundError: () => text("camera-none"),
  NotReadableError: () => text("camera-busy"),
  AbortError: () => text("camera-busy"),
};

/** Why no page from here can have a camera; "" where one can. */
export function obstacle() {
  const devices = /** @type {MediaDevices|undefined} */ (navigator.mediaDevices);
  if (devices?.getUserMedia) return "";
  const { origin, port, pathname } = location;
  return text("camera-insecure", { origin, local: `localhost${port && `:${port}`}${pathname}` });
}

const SIZE = { width: { ideal: 1280 }, height: { ideal: 720 } };

/**
 * @param {string} id of a camera; "" for any, also where that one is gone
 * @returns {Promise<MediaStream>} once the person agreed
 * @throws {DOMException} see `reasonOf`
 */
export async function open(id) {
  try {
    const video = id ? { ...SIZE, deviceId: { exact: id } } : SIZE;
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    if (id && /** @type {Error} */ (error).name === "OverconstrainedError") return open("");
    throw error;
  }
}

/**
 * Offer the cameras there are; their names are known once the person agreed.
 *
 * @param {HTMLSelectElement} menu
 * @param {string|undefined} chosen the id of the one that runs
 * @returns {Promise<number>} how many there are
 */
export async function offer(menu, chosen) {
  const found = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  const options = found.map(({ deviceId, label }, place) => {
    return new Option(label || text("camera-unnamed", { number: `${place + 1}` }), deviceId);
  });
  menu.replaceChildren(...options);
  menu.value = `${chosen}`;
  return found.length;
}

/** Why a camera did not start, in plain words. @param {unknown} error */
export function reasonOf(error) {
  const { name, message } = /** @type {Error} */ (error);
  return SENTENCES[name]?.() ?? text("camera-failed", { reason: message || name });
}
