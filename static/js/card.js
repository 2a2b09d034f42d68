/* One class on the page: its name, small copies of its pictures, and those that were refused. */

import { reasonOf } from "./api.js";
import { isPicture } from "./dropped.js";
import { parts } from "./element.js";
import { Sending } from "./sending.js";
import { text } from "./text.js";
import { thumbnail } from "./thumbnails.js";

const MOST_THUMBNAILS = 24;

export class Card {
  /**
   * @param {HTMLElement} root
   * @param {{isTaken: (name: string, card: Card) => boolean, say: (words: string) => void, drop: (card: Card) => void}} list
   */
  constructor(root, list) {
    this.root = root;
    this.list = list;
    this.thumbnails = 0;
    this.find = parts(root);
    this.input = this.find("name", HTMLInputElement);
    this.sending = new Sending({
      changed: () => this.show(),
      refused: (file, reason) => this.refuse(file, reason),
      slow: (reason) => this.hint(reason && text("again-soon", { reason })),
      finished: () => this.list.say(text("class-sent", { label: this.label, count: `${this.sending.kept}` })),
    });
    this.show();
  }

  get label() {
    return this.sending.label;
  }

  get isUnused() {
    return this.typed === "" && this.sending.waiting.length === 0;
  }

  get typed() {
    return this.input.value.normalize("NFC").trim().replace(/\s+/g, " "); // as the server keeps it
  }

  /** Show what the server has of it, unless more is on its way. @param {string} label @param {number} pictures */
  settle(label, pictures) {
    if (!this.sending.isIdle) return;
    if (!this.label) this.input.value = label;
    Object.assign(this.sending, { label, kept: pictures });
    this.show();
  }

  /** Take files as pictures of this class. @param {File[]} files */
  add(files) {
    const pictures = files.filter(isPicture);
    for (const file of files) {
      if (!isPicture(file)) this.refuse(file, text("no-picture"));
    }
    const room = MOST_THUMBNAILS - this.thumbnails;
    this.thumbnails += Math.min(room, pictures.length);
    this.find("grid").append(...pictures.slice(0, room).map(thumbnail));
    this.sending.add(pictures);
    this.rename();
  }

  /** Take the name that was typed, if it is one and no other class has it. */
  async rename() {
    const { typed, label } = this;
    const isTaken = typed !== "" && this.list.isTaken(typed, this);
    this.hint(isTaken ? text("name-taken", { name: typed }) : "");
    if (typed === "" || isTaken || typed === label) return;
    try {
      await this.sending.name(typed);
    } catch (error) {
      this.input.value = label;
      this.hint(reasonOf(error));
    }
  }

  /** @param {File|null} file @param {string} reason */
  refuse(file, reason) {
    const item = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = file?.name ?? "";
    name.dir = "auto";
    item.append(name, ` ${reason}`);
    this.find("reasons").append(item);
    this.show();
  }

  again() {
    this.find("reasons").replaceChildren();
    this.sending.again();
  }

  async remove() {
    try {
      await this.sending.remove();
      this.list.drop(this);
    } catch (error) {
      this.hint(reasonOf(error));
    }
  }

  /** @param {string} words */
  hint(words) {
    this.find("hint").textContent = words;
  }

  show() {
    const { done, total, kept, later } = this.sending;
    const refused = this.find("reasons").children.length;
    const bar = this.find("bar", HTMLProgressElement);
    bar.hidden = total === 0;
    bar.max = Math.max(total, 1);
    bar.value = done;
    this.find("count").textContent = String(kept);
    this.find("count-words").textContent = this.words();
    this.find("grid").hidden = this.thumbnails === 0;
    this.find("refusals").hidden = refused === 0;
    this.find("refusals-count").textContent = text("refused", { count: `${refused}` });
    this.find("again").hidden = later.length === 0;
    this.address();
  }

  /** Say of each part which class it is of. */
  address() {
    const label = this.label || text("class-unnamed");
    const values = { label };
    this.find("remove").setAttribute("aria-label", text("class-remove", values));
    this.find("bar").setAttribute("aria-label", text("class-bar", values));
    this.find("files").setAttribute("aria-label", text("class-files", values));
    this.find("folder").setAttribute("aria-label", text("class-folder", values));
  }

  words() {
    const { done, total, kept, waiting } = this.sending;
    if (waiting.length > 0) return text("class-wants-name", { count: `${waiting.length}` });
    if (total > 0) return text("class-sending", { done: `${done}`, total: `${total}` });
    return kept === 1 ? text("class-picture") : text("class-pictures");
  }
}
