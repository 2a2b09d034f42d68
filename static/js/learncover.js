/* Cells of the photo covered: the network looks again, and its map says where the score has gone. */

import { reasonOf } from "./api.js";
import { CellPicker, between } from "./cellpicker.js";
import { limitOf } from "./colormap.js";
import { parts } from "./element.js";
import { tellLimit } from "./learnscale.js";
import { fixed } from "./numbers.js";
import { drawPieces } from "./pieces.js";
import { follow } from "./sizes.js";
import { tableLine } from "./tableline.js";
import { text } from "./text.js";

/** @typedef {{logit: number, probability: number, map: number[][]}} Side */
/** @typedef {{index: number, cells: number[], before: Side, after: Side, fill: number[], sentences: string[], lines: string[][]}} Covered */

const CALM_MS = 250; // between the last change and the network's look

/** @param {string} name */
function picture(name) {
  const canvas = document.createElement("canvas");
  canvas.className = "pieces";
  canvas.setAttribute("role", "img");
  canvas.ariaLabel = name;
  return canvas;
}

/**
 * @param {HTMLElement} root
 * @param {import("./learnlocation.js").Located} located
 */
export function coverPart(root, { facts, image, tables, ask }) {
  const find = parts(root);
  const form = find("form", HTMLFormElement);
  const [which, count] = ["cells", "count"].map((name) => /** @type {HTMLInputElement|HTMLSelectElement} */ (form.elements.namedItem(name)));
  const [before, after] = [picture(text("learn-cover-label")), picture(text("learn-cover-after"))];
  /** @param {Side} side */
  const cells = ({ map }) => ({ values: map.flat(), rows: facts.rows, columns: facts.columns });
  let covered = facts.cover;
  let chosen = new Set(covered.cells);
  let turn = 0;
  let timer = 0;

  const limit = () => limitOf([...covered.before.map, ...covered.after.map].flat(), "signed");
  const frame = () => {
    const { first, here } = picker;
    const picked = here ? [between(first ?? here, here, facts.columns)] : [];
    const values = cells(covered.before);
    drawPieces(before, image, values, tables, null, { outlined: [chosen, ...picked], limit: limit() });
    before.ariaLabel = `${text("learn-cover-label")} ${picker.say(values.values, fixed)}`;
  };

  const draw = () => {
    frame();
    drawPieces(after, image, cells(covered.after), tables, null, { covered: covered.cells, outlined: [covered.cells], fill: `rgb(${covered.fill.join(" ")})`, limit: limit() });
    tellLimit(root, limit());
    find("told").textContent = covered.sentences.join(" ");
    find("lines").replaceChildren(...covered.lines.map(tableLine));
    after.dataset.drawn = covered.cells.join(" ");
  };

  const look = async () => {
    turn += 1;
    const mine = turn;
    root.ariaBusy = "true";
    try {
      const answer = await ask("covered", { cells: which.value, count: count.value });
      if (mine !== turn) return;
      covered = answer;
      chosen = new Set(covered.cells);
      count.value = `${chosen.size || count.value}`;
      draw();
    } catch (error) {
      if (mine === turn) find("told").textContent = reasonOf(error);
    }
    if (mine === turn) root.ariaBusy = "false";
  };

  const own = document.createElement("option");
  own.textContent = text("learn-cover-own");
  const picker = new CellPicker(before, facts, (one, other) => {
    const isOut = chosen.has(one.row * facts.columns + one.column);
    for (const cell of between(one, other, facts.columns)) {
      if (isOut) chosen.delete(cell);
      else chosen.add(cell);
    }
    own.value = [...chosen].sort((low, high) => low - high).join(",") || "none";
    if (chosen.size > 0) which.append(own);
    which.value = own.value;
    frame();
    for (const kind of ["input", "change"]) which.dispatchEvent(new Event(kind, { bubbles: true }));
  }, () => frame());

  let isBegun = false;
  follow(form, () => {
    clearTimeout(timer);
    if (isBegun) timer = setTimeout(look, CALM_MS);
    isBegun = true;
  });
  count.addEventListener("input", () => {
    if (!["most", "least"].includes(which.value)) which.value = "most";
  }, { capture: true });
  find("before").replaceChildren(before);
  find("after").replaceChildren(after);
  draw();
}
