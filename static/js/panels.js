/* Panels side by side: what is changed about them is drawn anew by the server, and their maps here. */

import { alarm } from "./alert.js";
import { getJson, getPage, reasonOf } from "./api.js";
import { tablesFrom } from "./colormap.js";
import { closest, element, elements, given } from "./element.js";
import { bind } from "./keys.js";
import { change } from "./linked.js";
import { renew } from "./live.js";
import { drawPanel, stagesOf } from "./panelmap.js";
import { text } from "./text.js";

const depth = () => history.state?.depth ?? 0;

class Panels {
  /**
   * @param {HTMLElement} root
   * @param {import("./colormap.js").Tables} tables
   */
  constructor(root, tables) {
    this.root = root;
    this.tables = tables;
    this.turns = 0;
    /** @type {Map<string, Promise<{items: string[]}>>} by address */
    this.labels = new Map();
    this.undo = element(document, "[data-undo]");
    this.list = element(document, "[data-labels]");
  }

  draw() {
    const cells = /** @type {"smooth"|"grid"} */ (element(this.root, "[data-address]").dataset.cells);
    for (const stage of stagesOf(this.root)) drawPanel(stage, cells, this.tables);
    for (const part of elements(this.root, "[data-scripted]")) part.hidden = false;
    this.undo.hidden = depth() === 0;
    change({});
  }

  /** Show other panels; the last ones that were asked for are the ones shown. @param {string} url @param {boolean} isNew */
  async go(url, isNew) {
    this.turns += 1;
    const turn = this.turns;
    this.root.setAttribute("aria-busy", "true");
    try {
      const fresh = await getPage(url);
      if (turn !== this.turns) return;
      const shown = fresh.querySelector("[data-address]");
      if (!(shown instanceof HTMLElement)) return location.assign(url); // none of them is left
      if (isNew) history.pushState({ depth: depth() + 1 }, "", `${shown.dataset.address}${location.hash}`);
      this.renew(fresh);
    } catch (error) {
      if (turn === this.turns) alarm(text("panels-unchanged", { reason: reasonOf(error) }));
    } finally {
      if (turn === this.turns) this.root.removeAttribute("aria-busy");
    }
  }

  /** @param {Document} fresh */
  renew(fresh) {
    const open = [...this.root.querySelectorAll("details[open]")].map(({ id }) => id);
    for (const id of open) fresh.getElementById(id)?.setAttribute("open", "");
    renew(fresh);
    alarm("");
    this.draw();
    element(this.root, "[data-announce]").textContent = text("panels-drawn");
  }

  /** Offer every class that a panel's network knows. @param {HTMLInputElement} input */
  async offer(input) {
    const labelsUrl = given(input, "labelsUrl");
    input.setAttribute("list", this.list.id);
    input.select();
    /** @type {Promise<{items: string[]}>} */
    const asked = this.labels.get(labelsUrl) ?? getJson(labelsUrl);
    this.labels.set(labelsUrl, asked);
    const { items } = await asked;
    if (this.list.dataset.of === labelsUrl) return;
    this.list.dataset.of = labelsUrl;
    const seen = new Set();
    const options = items.map((label, index) => {
      const value = seen.has(label) ? `index:${index}` : label; // a name that several classes have
      seen.add(label);
      return new Option(value === label ? "" : label, value);
    });
    this.list.replaceChildren(...options);
  }
}

/** @param {HTMLElement} root */
export default async function start(root) {
  try {
    const panels = new Panels(root, tablesFrom(await getJson(given(root, "colormapsUrl"))));
    panels.draw();
    root.addEventListener("click", (event) => {
      const link = closest(event, "a[data-change]");
      if (!(link instanceof HTMLAnchorElement) || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      panels.go(link.href, true);
    });
    root.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = /** @type {HTMLFormElement} */ (event.target);
      const fields = /** @type {[string, string][]} */ ([...new FormData(form, event.submitter)]); // none is a file
      const asked = new URLSearchParams(fields);
      panels.go(`${form.action}?${asked}`, true);
    });
    root.addEventListener("focusin", ({ target }) => {
      if (!(target instanceof HTMLInputElement && target.matches("[data-labels-url]"))) return;
      panels.offer(target).catch(() => {}); // typing does without
    });
    panels.undo.addEventListener("click", () => history.back());
    bind("ctrl+z", () => text("key-undo"), () => depth() > 0 && history.back());
    window.addEventListener("popstate", () => panels.go(location.href, false));
  } catch (error) {
    alarm(text("panels-failed", { reason: reasonOf(error) }));
  }
}
