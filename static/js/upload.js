/* Choose a photo by button, by dropping it anywhere or by pasting it; then wait without leaving. */

import { alarm } from "./alert.js";
import { enterAlbum } from "./album-door.js";
import { explain, getFile, reasonOf } from "./api.js";
import { filesChosen } from "./dropped.js";
import { element, elements, given, parts } from "./element.js";
import { takeFiles } from "./intake.js";
import { text } from "./text.js";

/** @typedef {import("./dropped.js").Found} Found */

class Upload {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.input = element(form, "[name=image]", HTMLInputElement);
    this.find = parts(form);
    this.leaving = new AbortController();
  }

  /** Put the photo into the form's own field and show it; several go to a page of their own. @param {Found[]} found */
  take(found) {
    if (found.length > 1) this.takeAll(found);
    if (found.length !== 1) return;
    const [{ file }] = found;
    const chosen = new DataTransfer();
    chosen.items.add(file);
    this.input.files = chosen.files;
    this.choose();
    this.say("");
    this.find("submit").focus();
  }

  /** @param {Found[]} found */
  async takeAll(found) {
    if (this.form.hasAttribute("aria-busy")) return;
    this.input.value = "";
    this.choose();
    this.say(text("opening-album"));
    const network = /** @type {HTMLSelectElement|null} */ (this.form.elements.namedItem("model"));
    const here = { network: network?.value ?? "", leave: () => this.leaving.abort() };
    try {
      await enterAlbum(given(this.form, "albumUrl"), found, here);
    } catch (error) {
      this.say("");
      alarm(reasonOf(error), this.form);
    }
  }

  /** Another photo was chosen: what was said of the last one no longer holds. */
  choose() {
    alarm("", this.form);
    this.show(this.photo);
  }

  /** The first of those that are chosen. @returns {File|undefined} */
  get photo() {
    return this.input.files?.[0];
  }

  /** @param {File|undefined} photo */
  show(photo) {
    const preview = this.find("preview", HTMLImageElement);
    URL.revokeObjectURL(preview.src);
    preview.hidden = !photo;
    this.find("file-name").hidden = !photo;
    this.find("drop").classList.toggle("drop--filled", Boolean(photo));
    if (!photo) return;
    this.find("file-name").textContent = photo.name;
    preview.src = URL.createObjectURL(photo);
    preview.onerror = () => {
      preview.hidden = true;
    };
  }

  /** @param {string} words */
  say(words) {
    this.find("busy").textContent = words;
  }

  /** Send the form with a photo, unless one is on its way already; `photo` is or becomes a file. @param {File|Promise<Blob>} photo */
  async send(photo) {
    if (this.form.hasAttribute("aria-busy")) return;
    this.form.setAttribute("aria-busy", "true");
    alarm("", this.form);
    this.say(text("sending"));
    try {
      const form = fields(this.form);
      form.set("image", await photo);
      const explanation = await explain(given(this.form, "explainUrl"), form, () => this.say(text("explaining")));
      location.assign(explanation.page_url);
    } catch (error) {
      this.form.removeAttribute("aria-busy");
      this.say("");
      alarm(reasonOf(error), this.form);
    }
  }
}

/** The form's fields as the API takes them: one class a line there, one field a class here. @param {HTMLFormElement} form */
function fields(form) {
  const data = new FormData(form);
  const lines = data.getAll("classes").join("\n").split("\n");
  data.delete("classes");
  for (const line of lines.map((one) => one.trim()).filter(Boolean)) data.append("classes", line);
  return data;
}

/** @param {SubmitEvent} event @param {Upload} upload */
function submit(event, upload) {
  event.preventDefault();
  if (upload.photo) upload.send(upload.photo);
  else upload.input.click();
}

/** @param {SubmitEvent} event @param {Upload} upload */
function submitExample(event, upload) {
  event.preventDefault();
  if (event.submitter) upload.send(getFile(element(event.submitter, "img", HTMLImageElement).src));
}

/** @param {HTMLFormElement} form */
export default function start(form) {
  const upload = new Upload(form);
  for (const part of elements(form, "[data-scripted]")) part.hidden = false;
  upload.input.multiple = true; // without scripts the form takes one
  upload.input.addEventListener("change", () => {
    if ((upload.input.files ?? []).length > 1) upload.takeAll(filesChosen(upload.input));
    else upload.choose();
  });
  form.addEventListener("submit", (event) => submit(event, upload));
  element(document, "[data-examples]").addEventListener("submit", (event) => submitExample(event, upload));
  takeFiles(
    (found) => upload.take(found),
    (isOver) => form.classList.toggle("upload--over", isOver),
    upload.leaving.signal,
  );
  addEventListener("pageshow", () => {
    form.removeAttribute("aria-busy");
    upload.say("");
    upload.show(upload.photo); // after going back the field may hold a photo already
  });
}
