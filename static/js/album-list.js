/* A card for each photo of the album, in the order that was chosen; maps are drawn where they come into view. */

import { album, change, watch } from "./album.js";
import { arranged } from "./arranging.js";
import { drawMap } from "./colormap.js";
import { closest, copyOf, element, given } from "./element.js";
import { fit } from "./geometry.js";
import { percent, share, signed } from "./numbers.js";
import { text } from "./text.js";

/** @typedef {import("./shot.js").Shot} Shot */

const LONGEST_SIDE = 200;
const NEAR = "400px"; // what is drawn before it is in view
/** @type {import("./colormap.js").MapStyle} */
const STYLE = { mode: "signed", opacity: 0.8, threshold: 0, cells: "smooth" };

/** What is said of how far the first class is before the second. @param {Shot} shot */
function marginOf({ margin, second }) {
  return margin === null || second === null ? text("album-alone") : text("album-margin", { margin: signed(margin), second });
}

/** What is said of how concentrated the evidence is. @param {Shot} shot */
function spreadOf({ exact, concentration }) {
  if (!exact) return text("album-no-map");
  return concentration === null ? text("album-nothing") : text("album-spread", { share: share(concentration) });
}

export class List {
  /**
   * @param {HTMLElement} root
   * @param {Promise<import("./colormap.js").Tables>} tables
   */
  constructor(root, tables) {
    this.list = element(root, "[data-list]");
    this.template = element(root, "template[data-shot]", HTMLTemplateElement);
    this.thumbnails = given(root, "explainUrl");
    this.tables = tables;
    /** @type {Map<string, HTMLElement>} */
    this.cards = new Map();
    this.observer = new IntersectionObserver((seen) => this.look(seen), { rootMargin: NEAR });
    this.list.addEventListener("click", (event) => {
      const card = closest(event, "[data-id]");
      if (card && closest(event, "a")) change({ opened: given(card, "id") });
    });
    watch(() => this.draw());
  }

  /** Put the cards in their order; those that are right stay where they are, so that nothing loses the focus. */
  draw() {
    const known = new Set(album.shots.map(({ id }) => id));
    for (const id of this.cards.keys()) if (!known.has(id)) this.drop(id);
    const cards = arranged(album.shots, album.arrangement).map((shot) => this.cards.get(shot.id) ?? this.make(shot));
    /** @type {Set<Element>} */
    const shown = new Set(cards);
    for (const card of [...this.list.children]) if (!shown.has(card)) card.remove();
    let next = this.list.firstElementChild;
    for (const card of cards) {
      if (card === next) next = card.nextElementSibling;
      else this.list.insertBefore(card, next);
    }
    this.list.dataset.drawn = album.arrangement.sort;
  }

  /** @param {Shot} shot */
  make(shot) {
    const card = copyOf(this.template);
    /** @type {(name: string, words: string) => void} */
    const put = (name, words) => {
      element(card, `[data-${name}]`).textContent = words;
    };
    card.dataset.id = shot.id;
    element(card, "a", HTMLAnchorElement).href = shot.page;
    element(card, "img", HTMLImageElement).src = `${this.thumbnails}/${shot.id}/thumbnail`;
    put("label", shot.label);
    put("probability", percent(shot.probability));
    put("name", shot.name);
    put("margin", marginOf(shot));
    put("spread", spreadOf(shot));
    this.cards.set(shot.id, card);
    this.observer.observe(card);
    return card;
  }

  /** @param {string} id */
  drop(id) {
    const card = this.cards.get(id);
    if (!card) return;
    this.observer.unobserve(card);
    card.remove();
    this.cards.delete(id);
    album.maps.delete(id);
  }

  /** Draw what came into view, and let go of what went out of it. @param {IntersectionObserverEntry[]} seen */
  look(seen) {
    for (const { target, isIntersecting } of seen) {
      target.toggleAttribute("data-near", isIntersecting);
      if (isIntersecting) this.paint(target);
      else Object.assign(element(target, "canvas"), { width: 1, height: 1, hidden: true });
    }
  }

  /** Draw a card's map, if it is in view and the map is there. @param {Element} card */
  async paint(card) {
    const tables = await this.tables;
    const map = album.maps.get(card.getAttribute("data-id") ?? "");
    if (!map || !card.hasAttribute("data-near")) return;
    const canvas = element(card, "canvas", HTMLCanvasElement);
    Object.assign(canvas, fit(map.photo, LONGEST_SIDE));
    canvas.hidden = false;
    const [table] = Object.values(tables[STYLE.mode]);
    drawMap(canvas, map, STYLE, table);
  }

  /** A map came later than its card. @param {string} id */
  arrived(id) {
    const card = this.cards.get(id);
    if (card) this.paint(card);
  }

  /** Bring a card into view and give it the focus. @param {string} id */
  reveal(id) {
    this.draw();
    const card = this.cards.get(id);
    if (!card?.isConnected) return;
    card.scrollIntoView({ block: "center" });
    element(card, "a").focus({ preventScroll: true });
  }
}
