/* What keys do on this page, wherever the focus is but in a field to type into; "?" shows them. */

import { text } from "./text.js";

/** @type {{key: string, words: () => string, act: (event: KeyboardEvent) => void}[]} */
const bound = [];
const PRESSED = ["radio", "checkbox", "range", "button", "submit"]; // inputs that take no letters

/** Whether letters are typed into what has the focus. */
function isTypedInto(target) {
  if (target instanceof HTMLInputElement) return !PRESSED.includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/**
 * @param {string} key as in KeyboardEvent.key; with "ctrl+" before it for control or command
 * @param {() => string} words what it does, for the list
 * @param {(event: KeyboardEvent) => void} act
 */
export function bind(key, words, act) {
  bound.push({ key, words, act });
}

function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const control = event.ctrlKey || event.metaKey ? "ctrl+" : "";
  return control + (event.shiftKey && event.key.length > 1 ? "shift+" : "") + (control && event.shiftKey ? "shift+" : "") + key;
}

function shownKey(key) {
  const isMac = /mac|iphone|ipad/i.test(navigator.platform);
  return key.replace("ctrl+", isMac ? "⌘" : "Ctrl ").replace("shift+", isMac ? "⇧" : "Shift ").replace(/^Arrow/, "");
}

function entry({ key, words }) {
  const [term, meaning, cap] = ["dt", "dd", "kbd"].map((tag) => document.createElement(tag));
  cap.textContent = shownKey(key);
  term.append(cap);
  meaning.textContent = words();
  const row = document.createElement("div");
  row.append(term, meaning);
  return row;
}

export default function start(dialog) {
  const list = dialog.querySelector("[data-keys]");
  const show = () => {
    if (dialog.open) return dialog.close();
    list.replaceChildren(...bound.map(entry));
    return dialog.showModal();
  };
  bind("?", () => text("key-help"), show);
  for (const button of document.querySelectorAll("[data-show-keys]")) {
    button.hidden = false;
    button.addEventListener("click", show);
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey) return;
    const name = nameOf(event);
    const isTyped = isTypedInto(event.target);
    const isElsewhere = document.querySelector("dialog[open]") !== null && event.key !== "?";
    const found = !isTyped && !isElsewhere && bound.find(({ key }) => key === name);
    if (!found) return;
    event.preventDefault();
    found.act(event);
  });
}
