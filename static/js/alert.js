/* Say what went wrong, where it can be seen. */

/** Show a sentence in the page's alert; an empty one hides it. */
export function alarm(sentence, root = document) {
  const alert = root.querySelector("[data-alert]");
  alert.textContent = sentence;
  alert.hidden = !sentence;
  if (sentence) alert.scrollIntoView({ block: "nearest" });
}
