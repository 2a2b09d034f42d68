/* Copy the address of what is in view. */

import { text } from "./text.js";

const SHOWN_MS = 2000;

export default function start(link) {
  const label = link.textContent;
  link.setAttribute("aria-live", "polite");
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    await copy(link.href);
    link.textContent = text("copied");
    setTimeout(() => {
      link.textContent = label;
    }, SHOWN_MS);
  });
}

/** The clipboard is closed to pages without encryption; there a selected field does the same. */
async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    const field = document.createElement("textarea");
    field.value = words;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}
