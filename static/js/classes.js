/* The classes and their pictures: add, name and remove classes; choose pictures, or drop them where they belong. */

import { alarm } from "./alert.js";
import { Card } from "./card.js";
import { hearDrops } from "./class-drops.js";
import { prepare, watch } from "./dataset.js";
import { byFolder, filesChosen, isPicture } from "./dropped.js";
import { copyOf, element, elements, given, parts } from "./element.js";
import { text } from "./text.js";


const FEWEST = 2;

export class Classes {
  cards = /** @type {Card[]} */ ([]);
  seen = /** @type {string[]} */ ([]); // the classes that the server had when it was last asked

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.find = parts(root);
    this.template = this.find("class-template", HTMLTemplateElement);
  }

  /** Another class, without a name yet. */
  add() {
    const root = copyOf(this.template);
    this.find("classes").append(root);
    const card = new Card(root, {
      isTaken: (name, own) => this.cards.some((other) => other !== own && other.label === name),
      say: (words) => this.say(words),
      drop: (gone) => this.drop(gone),
    });
    this.cards.push(card);
    listen(card, given(this.root, "accept"));
    return card;
  }

  /** @param {Card} card */
  drop(card) {
    const place = this.cards.indexOf(card);
    this.cards.splice(place, 1);
    card.root.remove();
    while (this.cards.length < FEWEST) this.add();
    this.cards[Math.min(place, this.cards.length - 1)].input.focus();
  }

  /** The class with this name, else one that is not used yet, else another. @param {string} label */
  named(label) {
    const known = this.cards.find((card) => card.label === label);
    if (known) return known;
    const card = this.cards.find((one) => one.isUnused) ?? this.add();
    card.input.value = label;
    return card;
  }

  /** Take files that were not dropped on a class: each folder is one. @param {import("./dropped.js").Found[]} found */
  take(found) {
    const groups = byFolder(found.filter(({ file, folders }) => folders.length > 0 && isPicture(file)));
    for (const [label, files] of groups) this.named(label).add(files);
    if (groups.size === 0) alarm(text("which-class"));
  }

  /** Show what the server has; it may have changed in another tab. @param {{classes: {label: string, pictures: number}[]}} now */
  settle({ classes }) {
    const labels = classes.map(({ label }) => label);
    for (const card of this.cards) {
      if (this.seen.includes(card.label) && !labels.includes(card.label)) card.settle(card.label, 0);
    }
    this.seen = labels;
    for (const { label, pictures } of classes) {
      const known = this.cards.find((card) => card.label === label);
      if (known || pictures > 0) (known ?? this.named(label)).settle(label, pictures);
    }
  }

  /** @param {string} words */
  say(words) {
    this.find("said").textContent = words;
  }
}

/** Hear what is done on a card. @param {Card} card @param {string} accept */
function listen(card, accept) {
  const [files, folder] = [card.find("files", HTMLInputElement), card.find("folder", HTMLInputElement)];
  files.accept = accept;
  for (const input of [files, folder]) {
    input.addEventListener("change", () => {
      card.add(filesChosen(input).map(({ file }) => file));
      input.value = "";
    });
  }
  card.input.addEventListener("change", () => card.rename());
  card.input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it does not start the training
    card.rename();
  });
  card.find("remove").addEventListener("click", () => card.remove());
  card.find("again").addEventListener("click", () => card.again());
}

/** @param {HTMLElement} list @param {string[]} problems */
function showProblems(list, problems) {
  const items = problems.map((problem) => Object.assign(document.createElement("li"), { textContent: problem }));
  list.replaceChildren(...items);
  list.hidden = items.length === 0;
}

/** @param {HTMLElement} root */
export default function start(root) {
  const classes = new Classes(root);
  prepare(given(root, "datasetsUrl"), JSON.parse(root.dataset.dataset ?? "null"));
  while (classes.cards.length < FEWEST) classes.add();
  for (const part of elements(root, "[data-scripted]")) part.hidden = false;
  watch((dataset) => {
    classes.settle(dataset);
    showProblems(element(root, "[data-problems]"), dataset.sending > 0 ? [] : dataset.problems);
  });
  classes.find("add-class").addEventListener("click", () => classes.add().input.focus());
  const folders = classes.find("folders", HTMLInputElement);
  folders.addEventListener("change", () => {
    classes.take(filesChosen(folders));
    folders.value = "";
  });
  hearDrops(root, classes);
}
