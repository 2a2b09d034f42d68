/* Choose a photo by button, by dropping it anywhere or by pasting it; then wait without leaving. */

import { alarm } from "./alert.js";
import { explain, getFile, reasonOf } from "./api.js";
import { text } from "./text.js";

function photosIn(transfer) {
  return [...(transfer?.files ?? [])];
}

class Upload {
  constructor(form) {
    this.form = form;
    this.input = form.elements.image;
    this.find = (name) => form.querySelector(`[data-${name}]`);
  }

  /** Put the photo into the form's own field and show it. */
  take(files) {
    if (files.length === 0) return;
    const [photo] = files;
    const chosen = new DataTransfer();
    chosen.items.add(photo);
    this.input.files = chosen.files;
    this.choose();
    this.say(files.length > 1 ? text("one-photo") : "");
    this.find("submit").focus();
  }

  /** Another photo was chosen: what was said of the last one no longer holds. */
  choose() {
    alarm("", this.form);
    this.show(this.input.files[0]);
  }

  show(photo) {
    const preview = this.find("preview");
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

  say(words) {
    this.find("busy").textContent = words;
  }

  /** Send the form with a photo, unless one is on its way already; `photo` is or becomes a file. */
  async send(photo) {
    if (this.form.hasAttribute("aria-busy")) return;
    this.form.setAttribute("aria-busy", "true");
    alarm("", this.form);
    this.say(text("sending"));
    try {
      const form = fields(this.form);
      form.set("image", await photo);
      const explanation = await explain(this.form.dataset.explainUrl, form, () => this.say(text("explaining")));
      location.assign(explanation.page_url);
    } catch (error) {
      this.form.removeAttribute("aria-busy");
      this.say("");
      alarm(reasonOf(error), this.form);
    }
  }
}

/** The form's fields as the API takes them: one class a line there, one field a class here. */
function fields(form) {
  const data = new FormData(form);
  const lines = data.getAll("classes").join("\n").split("\n");
  data.delete("classes");
  for (const line of lines.map((one) => one.trim()).filter(Boolean)) data.append("classes", line);
  return data;
}

function submit(event, upload) {
  event.preventDefault();
  if (upload.input.files.length === 0) upload.input.click();
  else upload.send(upload.input.files[0]);
}

function submitExample(event, upload) {
  event.preventDefault();
  upload.send(getFile(event.submitter.querySelector("img").src));
}

export default function start(form) {
  const upload = new Upload(form);
  for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
  upload.input.addEventListener("change", () => upload.choose());
  form.addEventListener("submit", (event) => submit(event, upload));
  document.querySelector("[data-examples]").addEventListener("submit", (event) => submitExample(event, upload));
  document.addEventListener("paste", (event) => upload.take(photosIn(event.clipboardData)));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("upload--over");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) form.classList.remove("upload--over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("upload--over");
    upload.take(photosIn(event.dataTransfer));
  });
  addEventListener("pageshow", () => {
    form.removeAttribute("aria-busy");
    upload.say("");
    upload.show(upload.input.files[0]); // after going back the field may hold a photo already
  });
}
