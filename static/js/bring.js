/* Bring a model along: choose its zip file or drop it, see how much was sent, then go to its page. */

import { alarm } from "./alert.js";
import { postForm, reasonOf } from "./api.js";
import { element, elements, given } from "./element.js";
import { text } from "./text.js";

/** @param {HTMLFormElement} form @param {File} file */
async function bring(form, file) {
  if (form.hasAttribute("aria-busy")) return;
  const bar = element(form, "[data-progress]", HTMLProgressElement);
  const busy = element(form, "[data-busy]");
  const data = new FormData();
  data.set("archive", file);
  form.setAttribute("aria-busy", "true");
  alarm("", form);
  bar.hidden = false;
  busy.textContent = text("sending-model");
  try {
    const { value } = await postForm(given(form, "importUrl"), data, (share) => {
      bar.value = share;
      if (share === 1) busy.textContent = text("checking-model");
    });
    location.assign(value.page_url);
  } catch (error) {
    alarm(reasonOf(error), form);
    form.removeAttribute("aria-busy");
    busy.textContent = "";
    bar.hidden = true;
  }
}

/** @param {HTMLFormElement} form */
export default function start(form) {
  const archive = element(form, "[name=archive]", HTMLInputElement);
  for (const part of elements(form, "[data-scripted]")) part.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = archive.files?.[0];
    if (file) bring(form, file);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("bring--over");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) form.classList.remove("bring--over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("bring--over");
    const file = event.dataTransfer?.files[0];
    if (file) bring(form, file);
  });
}
