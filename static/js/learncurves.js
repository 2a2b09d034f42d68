/* The curves of the moved photo: asked for when they come near, for they take the network dozens of looks. */

import { getPage, reasonOf } from "./api.js";
import { element, parts } from "./element.js";

const NEAR = "400px";

/** @param {HTMLElement} root */
export default function learncurves(root) {
  const find = parts(root);
  const form = find("form", HTMLFormElement);
  let turn = 0;

  const draw = async () => {
    turn += 1;
    const mine = turn;
    find("curves").ariaBusy = "true";
    find("wait").hidden = false;
    find("failed").hidden = true;
    try {
      const asked = /** @type {any} */ (new FormData(form)); // only words
      const page = await getPage(`?${new URLSearchParams(asked)}`);
      if (mine !== turn) return;
      find("curves").replaceWith(document.adoptNode(element(page, "[data-curves]")));
    } catch (error) {
      if (mine !== turn) return;
      find("failed").textContent = reasonOf(error);
      find("failed").hidden = false;
    }
    find("curves").ariaBusy = "false";
    find("wait").hidden = true;
  };

  find("draw").hidden = true;
  form.addEventListener("change", draw);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    draw();
  });
  if (find("curves").childElementCount) return;
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    draw();
  }, { rootMargin: NEAR });
  watcher.observe(root);
}
