/* Choosing a language leads back to what is looked at now, which scripts may have put into the address since. */

export default function start(form) {
  form.addEventListener("submit", () => {
    form.elements.next.value = `${location.pathname}${location.search}${location.hash}`;
  });
}
