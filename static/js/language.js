/* Choosing a language leads back to what is looked at now, which scripts may have put into the address since. */

/** @param {HTMLElement} form */
export default function start(form) {
  /** @type {HTMLInputElement | null} */
  const next = form.querySelector("[name=next]");
  form.addEventListener("submit", () => {
    if (next) next.value = `${location.pathname}${location.search}${location.hash}`;
  });
}
