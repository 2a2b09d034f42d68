/* The API's documentation: Swagger UI on our own document, in the theme of the page, asking no other site. */

const page = document.documentElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  const { theme } = page.dataset;
  page.classList.toggle("dark-mode", theme === "dark" || (theme !== "light" && prefersDark.matches));
}

new MutationObserver(follow).observe(page, { attributeFilter: ["data-theme"] });
prefersDark.addEventListener("change", follow);
follow();

/** Give Swagger UI's page the outline of ours: a named part for its head, sections of the second level. */
function fitIn() {
  const head = document.querySelector("#docs .information-container");
  head?.setAttribute("role", "region");
  head?.setAttribute("aria-label", document.title);
  for (const heading of document.querySelectorAll("#docs h3.opblock-tag,#docs .models>h4")) heading.setAttribute("aria-level", "2");
}

/** @type {any} */ (window).SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", validatorUrl: null, onComplete: fitIn });
