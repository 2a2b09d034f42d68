/* Copy the address of what is in view. */

import { text } from "./text.js";

const SHOWN_MS = 2000;

/** @param {HTMLAnchorElement} link */
export default function start(link) {
  const label = link.textContent;
  link.setAttribute("aria-live", "polite");
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    link.textContent = (await isCopied(link.href)) ? text("copied") : text("not-copied");
    setTimeout(() => {
      link.textContent = label;
    }, SHOWN_MS);
  });
}

/** The clipboard is closed to pages without encryption; there a selected field does the same. @param {string} words */
async function isCopied(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = words;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
