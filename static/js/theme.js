/* Light or dark, other than the system's; a cookie lets the server draw the next page in it. */

const YEAR_S = 31536000;
const dark = matchMedia("(prefers-color-scheme: dark)");

/** @param {HTMLButtonElement} button */
export default function start(button) {
  const page = document.documentElement;
  const isDark = () => (page.dataset.theme === "auto" ? dark.matches : page.dataset.theme === "dark");
  const name = () => {
    button.title = (isDark() ? button.dataset.light : button.dataset.dark) ?? "";
    button.setAttribute("aria-label", button.title);
  };
  button.addEventListener("click", () => {
    page.dataset.theme = isDark() ? "light" : "dark";
    document.cookie = `camscope_theme=${page.dataset.theme}; path=/; max-age=${YEAR_S}; samesite=lax`;
    name();
  });
  dark.addEventListener("change", name);
  name();
  button.hidden = false;
}
