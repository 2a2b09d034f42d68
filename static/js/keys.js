/* What keys do on this page, wherever the focus is but in a field to type into; "?" shows them. Keys that are pressed
   alone can be switched off (WCAG 2.1.4): a cookie keeps that, as it keeps the theme. */

import { element, elements } from "./element.js";
import { text } from "./text.js";

/** @typedef {{key: string, words: () => string, act: (event: KeyboardEvent) => unknown}} Bound */

/** @type {Bound[]} */
const bound = [];
const OFF = "camscope_keys=off";
const YEAR_S = 31536000;
const PRESSED = ["radio", "checkbox", "range", "button", "submit"]; // inputs that take no letters

/** Whether letters are typed into what has the focus. @param {EventTarget|null} target */
function isTypedInto(target) {
  if (target instanceof HTMLInputElement) return !PRESSED.includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/**
 * @param {string} key as in KeyboardEvent.key; with "ctrl+" before it for control or command
 * @param {() => string} words what it does, for the list
 * @param {(event: KeyboardEvent) => unknown} act
 */
export function bind(key, words, act) {
  bound.push({ key, words, act });
}

/** Whether keys pressed alone do anything. */
const areAlone = () => !document.cookie.split("; ").includes(OFF);
/** @param {Bound} one */
const isOn = ({ key }) => key.startsWith("ctrl+") || areAlone();

/** @param {boolean} isWanted */
function switchAlone(isWanted) {
  document.cookie = `${OFF}; path=/; max-age=${isWanted ? 0 : YEAR_S}; samesite=lax`;
}

/** @param {KeyboardEvent} event */
function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const control = event.ctrlKey || event.metaKey ? "ctrl+" : "";
  return control + (event.shiftKey && event.key.length > 1 ? "shift+" : "") + (control && event.shiftKey ? "shift+" : "") + key;
}

/** @param {string} key */
function shownKey(key) {
  const isMac = /mac|iphone|ipad/i.test(navigator.platform);
  const shown = key.replace("ctrl+", isMac ? "⌘" : "Ctrl ").replace("shift+", isMac ? "⇧" : "Shift ").replace(/^Arrow/, "");
  return key.includes("+") ? shown.replace(/.$/, (last) => last.toUpperCase()) : shown;
}

/** @param {Bound} one */
function entry({ key, words }) {
  const [term, meaning, cap] = ["dt", "dd", "kbd"].map((tag) => document.createElement(tag));
  cap.textContent = shownKey(key);
  term.append(cap);
  meaning.textContent = words();
  const row = document.createElement("div");
  row.append(term, meaning);
  return row;
}

/** @param {HTMLDialogElement} dialog */
export default function start(dialog) {
  const list = element(dialog, "[data-keys]");
  const alone = element(dialog, "[data-alone-keys]", HTMLInputElement);
  const fill = () => list.replaceChildren(...bound.filter(isOn).map(entry));
  const show = () => {
    if (dialog.open) return dialog.close();
    alone.checked = areAlone();
    fill();
    return dialog.showModal();
  };
  alone.addEventListener("change", () => {
    switchAlone(alone.checked);
    fill();
  });
  bind("?", () => text("key-help"), show);
  for (const button of elements(document, "[data-show-keys]")) {
    button.hidden = false;
    button.addEventListener("click", show);
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey) return;
    const name = nameOf(event);
    const isTyped = isTypedInto(event.target);
    const isElsewhere = document.querySelector("dialog[open]") !== null && event.key !== "?";
    const found = bound.find((one) => one.key === name && isOn(one));
    if (isTyped || isElsewhere || !found) return;
    event.preventDefault();
    found.act(event);
  });
}
