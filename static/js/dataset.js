/* The pictures that are with the server, as one set; its id stays in the address, so that a reload finds it. */

import { getJson, postForm, remove, sendJson } from "./api.js";

/** @type {{id: string | null, classes: {label: string, pictures: number}[], problems: string[], sending: number}} */
export const dataset = { id: null, classes: [], problems: [], sending: 0 };

const CREATED = 201;
/** @typedef {typeof dataset} Dataset */

/** @type {((now: Dataset) => void)[]} */
const watchers = [];
let address = "";
/** @type {Promise<void>|null} */
let made = null;

/** Call `follow` now and whenever the set, or what is on its way to it, has changed. @param {(now: Dataset) => void} follow */
export function watch(follow) {
  watchers.push(follow);
  follow(dataset);
}

function changed() {
  for (const follow of watchers) follow(dataset);
}

/** @param {import("./contract.js").Dataset} answer */
function take(answer) {
  Object.assign(dataset, { id: answer.id, classes: answer.classes, problems: answer.problems });
  changed();
}

/**
 * @param {string} url
 * @param {import("./contract.js").Dataset | null} known what the server says of a set that is there already
 */
export function prepare(url, known) {
  address = url;
  if (known) take(known);
}

/** An address of the set; the set is made when it is first needed, once. @param {string[]} parts */
async function place(...parts) {
  made ??= dataset.id ? Promise.resolve() : make();
  await made;
  return [address, dataset.id, ...parts.map(encodeURIComponent)].join("/");
}

async function make() {
  try {
    take(await sendJson(address, {}));
    const here = new URL(location.href);
    here.search = String(new URLSearchParams({ dataset: String(dataset.id) }));
    history.replaceState(history.state, "", here);
  } catch (error) {
    made = null;
    throw error;
  }
}

/** Count a piece of work as under way while it is. @param {() => Promise<void>} work */
async function during(work) {
  dataset.sending += 1;
  changed();
  try {
    return await work();
  } finally {
    dataset.sending -= 1;
    changed();
  }
}

/**
 * Send one picture of a class.
 *
 * @param {string} label
 * @param {File} picture
 * @returns {Promise<string | null>} why it was not kept: it was there already; null where it was kept
 */
export async function sendPicture(label, picture) {
  const form = new FormData();
  form.set("label", label);
  form.set("image", picture);
  const { status, value } = await postForm(await place("pictures"), form);
  return status === CREATED ? null : value.problems[0];
}

/** Send a zip of class folders. @param {File} archive @param {(share: number) => void} onProgress */
export function sendArchive(archive, onProgress) {
  return during(async () => {
    const form = new FormData();
    form.set("archive", archive);
    take((await postForm(await place("archive"), form, onProgress)).value);
  });
}

/** Ask what the server has now. */
export async function renew() {
  take(await getJson(await place()));
}

/** @param {string} label @param {string} name */
export function renameClass(label, name) {
  return during(async () => {
    take(await sendJson(await place("classes", label), { label: name }, "PATCH"));
  });
}

/** @param {string} label */
export function dropClass(label) {
  return during(async () => {
    await remove(await place("classes", label));
    await renew();
  });
}

/** Keep count of pictures that wait or are on their way. @param {number} change */
export function count(change) {
  dataset.sending += change;
  changed();
}
