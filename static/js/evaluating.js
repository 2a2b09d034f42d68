/* Ask for an evaluation: its files are sent with a bar, and a refusal leaves them chosen. */

import { alarm } from "./alert.js";
import { reasonOf, sendPage } from "./api.js";
import { parts } from "./element.js";
import { renew } from "./live.js";
import { share } from "./numbers.js";
import { text } from "./text.js";

class Evaluating {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.find = parts(form);
  }

  get isBusy() {
    return this.form.hasAttribute("aria-busy");
  }

  async send() {
    if (this.isBusy) return;
    this.form.setAttribute("aria-busy", "true");
    alarm("");
    this.progress(0);
    this.find("sending").hidden = false;
    try {
      const { address, page } = await sendPage(this.form.action, new FormData(this.form), (sent) => this.progress(sent));
      if (new URL(address).pathname !== location.pathname) {
        this.form.removeAttribute("aria-busy"); // or leaving were asked about
        location.assign(address);
        return;
      }
      this.refused(page);
    } catch (error) {
      alarm(reasonOf(error));
    }
    this.form.removeAttribute("aria-busy");
    this.find("sending").hidden = true;
  }

  /** Say what was wrong; pictures that were taken are known by now. @param {Document} page */
  refused(page) {
    renew(page);
    const labels = page.querySelector("textarea[name='labels']");
    const own = this.form.querySelector("textarea[name='labels']");
    if (labels instanceof HTMLTextAreaElement && own instanceof HTMLTextAreaElement && labels.value !== own.value) {
      own.value = labels.value;
      this.find("more", HTMLDetailsElement).open = true;
    }
    alarm(page.querySelector("[data-alert]")?.textContent ?? "");
  }

  /** @param {number} sent share that is with the server, which reads it then */
  progress(sent) {
    this.find("bar", HTMLProgressElement).value = sent;
    this.find("words").textContent = sent < 1 ? text("evaluation-sending", { share: share(sent) }) : text("evaluation-reading");
  }
}

/** @param {HTMLFormElement} form */
export default function start(form) {
  const evaluating = new Evaluating(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    evaluating.send();
  });
  addEventListener("beforeunload", (event) => {
    if (evaluating.isBusy) event.preventDefault();
  });
  addEventListener("pageshow", () => form.removeAttribute("aria-busy"));
}
