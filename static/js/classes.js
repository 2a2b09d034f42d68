/* The classes and their pictures: add, name and remove classes; choose pictures, or drop them where they belong. */

import { alarm } from "./alert.js";
import { Card } from "./card.js";
import { prepare, watch } from "./dataset.js";
import { byFolder, filesChosen, filesDropped, isPicture, isZip } from "./dropped.js";
import { text } from "./text.js";

const FEWEST = 2;

class Classes {
  constructor(root) {
    this.root = root;
    this.cards = [];
    this.seen = []; // the classes that the server had when it was last asked
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.template = this.find("class-template");
  }

  /** Another class, without a name yet. */
  add() {
    const root = this.template.content.firstElementChild.cloneNode(true);
    this.find("classes").append(root);
    const card = new Card(root, {
      isTaken: (name, own) => this.cards.some((other) => other !== own && other.label === name),
      say: (words) => this.say(words),
      drop: (gone) => this.drop(gone),
    });
    this.cards.push(card);
    listen(card, this.root.dataset.accept);
    return card;
  }

  drop(card) {
    const place = this.cards.indexOf(card);
    this.cards.splice(place, 1);
    card.root.remove();
    while (this.cards.length < FEWEST) this.add();
    this.cards[Math.min(place, this.cards.length - 1)].find("name").focus();
  }

  /** The class with this name, else one that is not used yet, else another. */
  named(label) {
    const known = this.cards.find((card) => card.label === label);
    if (known) return known;
    const card = this.cards.find((one) => one.isUnused) ?? this.add();
    card.find("name").value = label;
    return card;
  }

  /** Take files that were not dropped on a class: each folder is one. */
  take(found) {
    const groups = byFolder(found.filter(({ file, folders }) => folders.length > 0 && isPicture(file)));
    for (const [label, files] of groups) this.named(label).add(files);
    if (groups.size === 0) alarm(text("which-class"));
  }

  /** Show what the server has; it may have changed in another tab. */
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

  say(words) {
    this.find("said").textContent = words;
  }
}

/** Hear what is done on a card. */
function listen(card, accept) {
  const [files, folder] = [card.find("files"), card.find("folder")];
  files.accept = accept;
  for (const input of [files, folder]) {
    input.addEventListener("change", () => {
      card.add(filesChosen(input).map(({ file }) => file));
      input.value = "";
    });
  }
  card.find("name").addEventListener("change", () => card.rename());
  card.find("name").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it does not start the training
    card.rename();
  });
  card.find("remove").addEventListener("click", () => card.remove());
  card.find("again").addEventListener("click", () => card.again());
}

/** Drop anywhere: on a class its pictures, elsewhere folders of classes; a zip is the archive's. */
function hearDrops(root, classes) {
  const over = (event) => {
    for (const card of classes.cards) card.root.classList.toggle("class--over", card.root.contains(event?.target ?? null));
    root.classList.toggle("pictures--over", Boolean(event));
  };
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(event);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) over(null);
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    over(null);
    alarm("");
    const here = root.closest("form").querySelector("[name=source][value=upload]");
    if (here) here.checked = true; // what is dropped is not in a folder of the server
    const card = classes.cards.find((one) => one.root.contains(event.target));
    const found = (await filesDropped(event.dataTransfer)).filter(({ file }) => !isZip(file));
    if (card) card.add(found.map(({ file }) => file));
    else if (found.length > 0) classes.take(found);
  });
}

function showProblems(list, problems) {
  const items = problems.map((problem) => {
    const item = document.createElement("li");
    item.textContent = problem;
    return item;
  });
  list.replaceChildren(...items);
  list.hidden = items.length === 0;
}

export default function start(root) {
  const classes = new Classes(root);
  prepare(root.dataset.datasetsUrl, JSON.parse(root.dataset.dataset ?? "null"));
  while (classes.cards.length < FEWEST) classes.add();
  for (const part of root.querySelectorAll("[data-scripted]")) part.hidden = false;
  watch((dataset) => {
    classes.settle(dataset);
    showProblems(root.querySelector("[data-problems]"), dataset.sending > 0 ? [] : dataset.problems);
  });
  classes.find("add-class").addEventListener("click", () => classes.add().find("name").focus());
  classes.find("folders").addEventListener("change", ({ target }) => {
    classes.take(filesChosen(target));
    target.value = "";
  });
  hearDrops(root, classes);
}
