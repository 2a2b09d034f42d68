/* One zip of class folders: chosen or dropped, it is sent at once. */

import { alarm } from "./alert.js";
import { reasonOf } from "./api.js";
import { sendArchive } from "./dataset.js";
import { isZip } from "./dropped.js";
import { element, parts } from "./element.js";
import { share } from "./numbers.js";
import { patiently } from "./patience.js";
import { text } from "./text.js";

class Archive {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.find = parts(root);
  }

  /** @param {File} file */
  async send(file) {
    alarm("");
    this.progress(file, 0);
    this.find("archive-sending").hidden = false;
    try {
      await patiently(
        () => sendArchive(file, (sent) => this.progress(file, sent)),
        (error) => this.say(text("again-soon", { reason: reasonOf(error) })),
      );
      this.say(text("archive-taken", { name: file.name }));
      this.find("said").textContent = text("archive-taken", { name: file.name });
    } catch (error) {
      this.find("archive-sending").hidden = true;
      alarm(`${file.name}: ${reasonOf(error)}`);
    }
  }

  /**
   * @param {File} file
   * @param {number} sent share that is with the server, which unpacks it then
   */
  progress(file, sent) {
    this.find("archive-bar", HTMLProgressElement).value = sent;
    const values = { name: file.name, share: share(sent) };
    this.say(sent < 1 ? text("archive-sending", values) : text("archive-unpacking", values));
  }

  /** @param {string} words */
  say(words) {
    this.find("archive-words").textContent = words;
  }
}

/** @param {HTMLElement} root */
export default function start(root) {
  const archive = new Archive(root);
  const input = element(root, "[data-archive]", HTMLInputElement);
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (file) await archive.send(file);
    input.value = "";
  });
  document.addEventListener("drop", async (event) => {
    const file = [...(event.dataTransfer?.files ?? [])].find(isZip);
    if (file) await archive.send(file);
  });
}
