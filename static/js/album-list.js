/* A card for each photo of the album, in the order that was chosen; maps are drawn where they come into view. */

import { album, change, watch } from "./album.js";
import { arranged } from "./arranging.js";
import { drawMap } from "./colormap.js";
import { fit } from "./geometry.js";
import { percent, share, signed } from "./numbers.js";
import { text } from "./text.js";

/** @typedef {import("./shot.js").Shot} Shot */

const LONGEST_SIDE = 200;
const NEAR = "400px"; // what is drawn before it is in view
const STYLE = { mode: "signed", opacity: 0.8, threshold: 0, cells: "smooth" };

/** What is said of how far the first class is before the second. */
function marginOf({ margin, second }) {
  return margin === null ? text("album-alone") : text("album-margin", { margin: signed(margin), second });
}

/** What is said of how concentrated the evidence is. */
function spreadOf({ exact, concentration }) {
  if (!exact) return text("album-no-map");
  return concentration === null ? text("album-nothing") : text("album-spread", { share: share(concentration) });
}

export class List {
  /**
   * @param {HTMLElement} root
   * @param {Promise<Record<string, Record<string, Uint8Array>>>} tables colours by mode and name
   */
  constructor(root, tables) {
    this.list = root.querySelector("[data-list]");
    this.template = root.querySelector("template[data-shot]");
    this.thumbnails = root.dataset.explainUrl;
    this.tables = tables;
    /** @type {Map<string, HTMLElement>} */
    this.cards = new Map();
    this.observer = new IntersectionObserver((seen) => this.look(seen), { rootMargin: NEAR });
    this.list.addEventListener("click", (event) => {
      const card = event.target.closest("[data-id]");
      if (card && event.target.closest("a")) change({ opened: card.dataset.id });
    });
    watch(() => this.draw());
  }

  /** Put the cards in their order; those that are right stay where they are, so that nothing loses the focus. */
  draw() {
    const known = new Set(album.shots.map(({ id }) => id));
    for (const id of this.cards.keys()) if (!known.has(id)) this.drop(id);
    const cards = arranged(album.shots, album.arrangement).map((shot) => this.cards.get(shot.id) ?? this.make(shot));
    const shown = new Set(cards);
    for (const card of [...this.list.children]) if (!shown.has(card)) card.remove();
    let next = this.list.firstElementChild;
    for (const card of cards) {
      if (card === next) next = next.nextElementSibling;
      else this.list.insertBefore(card, next);
    }
    this.list.dataset.drawn = album.arrangement.sort;
  }

  /** @param {Shot} shot */
  make(shot) {
    const card = this.template.content.firstElementChild.cloneNode(true);
    const put = (name, words) => {
      card.querySelector(`[data-${name}]`).textContent = words;
    };
    card.dataset.id = shot.id;
    card.querySelector("a").href = shot.page;
    card.querySelector("img").src = `${this.thumbnails}/${shot.id}/thumbnail`;
    put("label", shot.label);
    put("probability", percent(shot.probability));
    put("name", shot.name);
    put("margin", marginOf(shot));
    put("spread", spreadOf(shot));
    this.cards.set(shot.id, card);
    this.observer.observe(card);
    return card;
  }

  drop(id) {
    this.observer.unobserve(this.cards.get(id));
    this.cards.get(id).remove();
    this.cards.delete(id);
    album.maps.delete(id);
  }

  /** Draw what came into view, and let go of what went out of it. */
  look(seen) {
    for (const { target, isIntersecting } of seen) {
      target.toggleAttribute("data-near", isIntersecting);
      if (isIntersecting) this.paint(target);
      else Object.assign(target.querySelector("canvas"), { width: 1, height: 1, hidden: true });
    }
  }

  /** Draw a card's map, if it is in view and the map is there. */
  async paint(card) {
    const tables = await this.tables;
    const map = album.maps.get(card.dataset.id);
    if (!map || !card.hasAttribute("data-near")) return;
    const canvas = card.querySelector("canvas");
    Object.assign(canvas, fit(map.photo, LONGEST_SIDE));
    canvas.hidden = false;
    const [table] = Object.values(tables[STYLE.mode]);
    drawMap(canvas, map, STYLE, table);
  }

  /** A map came later than its card. */
  arrived(id) {
    const card = this.cards.get(id);
    if (card) this.paint(card);
  }

  /** Bring a card into view and give it the focus. */
  reveal(id) {
    this.draw();
    const card = this.cards.get(id);
    if (!card?.isConnected) return;
    card.scrollIntoView({ block: "center" });
    card.querySelector("a").focus({ preventScroll: true });
  }
}
