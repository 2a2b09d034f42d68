/* A menu closes when something in it was chosen, the focus went or a click was elsewhere, or Escape was pressed. */

export default function start(menu) {
  const close = () => {
    menu.open = false;
  };
  document.addEventListener("click", (event) => {
    if (!menu.querySelector("summary").contains(event.target)) close();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) close();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    close();
    menu.querySelector("summary").focus();
  });
}
