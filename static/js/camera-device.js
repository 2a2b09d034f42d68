/* The cameras of this machine, as far as the browser gives them. */

import { text } from "./text.js";

const SENTENCES = {
  NotAllowedError: () => text("camera-refused"),
  SecurityError: () => text("camera-refused"),
  NotFoundError: () => text("camera-none"),
  NotReadableError: () => text("camera-busy"),
  AbortError: () => text("camera-busy"),
};

/** Why no page from here can have a camera; "" where one can. */
export function obstacle() {
  if (navigator.mediaDevices?.getUserMedia) return "";
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
    if (id && error.name === "OverconstrainedError") return open("");
    throw error;
  }
}

/** @returns {Promise<{id: string, name: string}[]>} names are known once the person agreed */
export async function cameras() {
  const found = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  return found.map(({ deviceId, label }, place) => {
    return { id: deviceId, name: label || text("camera-unnamed", { number: `${place + 1}` }) };
  });
}

/** Why a camera did not start, in plain words. @param {Error} error */
export function reasonOf(error) {
  return SENTENCES[error.name]?.() ?? text("camera-failed", { reason: error.message || error.name });
}
