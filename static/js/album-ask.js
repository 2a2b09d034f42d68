/* One photo of many to the server, and what a refusal means for the others. */

import { Refusal, explain } from "./api.js";

/** @typedef {{file: File, name: string, order: number}} Photo */

const ABOUT_THE_PHOTO = [400, 413, 415, 422, 500, 504]; // other refusals would meet all photos
const MAY_GO_WELL = [500, 504];

/** @param {unknown} error */
const statusOf = (error) => (error instanceof Refusal ? error.status : 0);

/**
 * @param {string} url that explains a photo
 * @param {Photo} photo
 * @param {string} network a bundle's id; empty for the server's first
 * @returns {Promise<import("./shot.js").Explained>}
 */
export function ask(url, { file }, network) {
  const form = new FormData();
  form.set("image", file);
  if (network) form.set("model", network);
  return explain(url, form, () => {});
}

/**
 * Whether there is something in a file, and as it was chosen; sending another fails like a server that is away.
 *
 * @param {File} file
 */
export async function isReadable(file) {
  try {
    return (await file.slice(0, 1).arrayBuffer()).byteLength > 0; // one that is gone may look empty
  } catch {
    return false;
  }
}

/** @param {unknown} error */
export function isAboutThePhoto(error) {
  return ABOUT_THE_PHOTO.includes(statusOf(error));
}

/** Whether the same photo may go well another time. @param {unknown} error */
export function isPassing(error) {
  return MAY_GO_WELL.includes(statusOf(error));
}
