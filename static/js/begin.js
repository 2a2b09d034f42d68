/* Start the training, once all pictures are with the server; say what is missing before. */

import { alarm } from "./alert.js";
import { reasonOf, sendJson } from "./api.js";
import { dataset, watch } from "./dataset.js";
import { element, given } from "./element.js";
import { text } from "./text.js";

const FEWEST = 2;

/** The form's fields as the API takes them; an empty one is left out. @param {HTMLFormElement} form */
function fields(form) {
  const { source = "upload", archive: _, pictures: __, folder, ...asked } = Object.fromEntries(new FormData(form));
  const place = source === "folder" ? { folder } : { dataset: dataset.id };
  const filled = Object.entries({ ...asked, ...place }).filter(([, value]) => value);
  return Object.fromEntries(filled);
}

/** @param {HTMLFormElement} form */
function isFolder(form) {
  return new FormData(form).get("source") === "folder";
}

/** How the pictures stand, in words. @param {typeof dataset} now */
function words({ classes, sending }) {
  if (sending > 0) return text("begin-sending", { count: `${sending}` });
  if (classes.length < FEWEST) return "";
  const pictures = classes.reduce((sum, one) => sum + one.pictures, 0);
  return text("begin-ready", { classes: `${classes.length}`, pictures: `${pictures}` });
}

/** @returns {Promise<void>} fulfilled when nothing is on its way any more */
function allSent() {
  return new Promise((resolve) => {
    watch(({ sending }) => {
      if (sending === 0) resolve();
    });
  });
}

/** @param {HTMLFormElement} form */
async function begin(form) {
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  alarm("");
  try {
    if (!isFolder(form)) {
      await allSent();
      const filled = dataset.classes.filter(({ pictures }) => pictures > 0);
      if (filled.length < FEWEST) throw new RangeError(text("begin-classes"));
    }
    const training = await sendJson(given(form, "trainingsUrl"), fields(form));
    location.assign(training.page_url);
  } catch (error) {
    form.removeAttribute("aria-busy");
    alarm(error instanceof RangeError ? error.message : reasonOf(error));
  }
}

/** @param {HTMLFormElement} form */
export default function start(form) {
  const ready = element(form, "[data-ready]");
  watch((now) => {
    ready.textContent = words(now);
    element(form, "[data-dataset-field]", HTMLInputElement).value = now.id ?? "";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin(form);
  });
  addEventListener("beforeunload", (event) => {
    if (dataset.sending > 0) event.preventDefault();
  });
  addEventListener("pageshow", () => form.removeAttribute("aria-busy"));
}
