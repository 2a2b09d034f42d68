/* Choose a photo by button, by dropping it anywhere or by pasting it; then wait without leaving. */

import { alarm } from "./alert.js";
import { enterAlbum } from "./album-door.js";
import { explain, getFile, reasonOf } from "./api.js";
import { filesChosen } from "./dropped.js";
import { takeFiles } from "./intake.js";
import { text } from "./text.js";

class Upload {
  constructor(form) {
    this.form = form;
    this.input = form.elements.image;
    this.find = (name) => form.querySelector(`[data-${name}]`);
    this.leaving = new AbortController();
  }

  /** Put the photo into the form's own field and show it; several go to a page of their own. */
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

  async takeAll(found) {
    if (this.form.hasAttribute("aria-busy")) return;
    this.input.value = "";
    this.choose();
    this.say(text("opening-album"));
    const here = { network: this.form.elements.model?.value ?? "", leave: () => this.leaving.abort() };
    try {
      await enterAlbum(this.form.dataset.albumUrl, found, here);
    } catch (error) {
      this.say("");
      alarm(reasonOf(error), this.form);
    }
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
  upload.input.multiple = true; // without scripts the form takes one
  upload.input.addEventListener("change", () => {
    if (upload.input.files.length > 1) upload.takeAll(filesChosen(upload.input));
    else upload.choose();
  });
  form.addEventListener("submit", (event) => submit(event, upload));
  document.querySelector("[data-examples]").addEventListener("submit", (event) => submitExample(event, upload));
  takeFiles(
    (found) => upload.take(found),
    (isOver) => form.classList.toggle("upload--over", isOver),
    upload.leaving.signal,
  );
  addEventListener("pageshow", () => {
    form.removeAttribute("aria-busy");
    upload.say("");
    upload.show(upload.input.files[0]); // after going back the field may hold a photo already
  });
}
