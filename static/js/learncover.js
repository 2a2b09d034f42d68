/* A part of the photo covered: the network looks again, and its map says where the score has gone. */

import { reasonOf } from "./api.js";
import { CellPicker, between } from "./cellpicker.js";
import { limitOf } from "./colormap.js";
import { parts } from "./element.js";
import { fixed } from "./numbers.js";
import { drawPieces } from "./pieces.js";
import { follow } from "./sizes.js";
import { text } from "./text.js";

/** @typedef {import("./pieces.js").Part} Part */
/** @typedef {{logit: number, probability: number, map: number[][]}} Side */
/** @typedef {Part & {index: number, before: Side, after: Side, fill: number[], sentences: string[]}} Covered */

const CALM_MS = 250; // between the last change of a number and the network's look

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
  const before = picture(text("learn-cover-label"));
  const after = picture(text("learn-cover-after"));
  /** @param {Side} side */
  const cells = ({ map }) => ({ values: map.flat(), rows: facts.rows, columns: facts.columns });
  let covered = facts.cover;
  const limit = () => limitOf([...covered.before.map, ...covered.after.map].flat(), "signed");
  let turn = 0;
  let timer = 0;

  const frame = () => {
    const framed = picker.first && picker.here ? between(picker.first, picker.here) : picker.here && between(picker.here, picker.here);
    const values = cells(covered.before);
    drawPieces(before, image, values, tables, null, { framed: [framed ?? covered], limit: limit() });
    before.ariaLabel = `${text("learn-cover-label")} ${picker.say(values.values, fixed)}`;
  };

  const draw = () => {
    frame();
    const fill = `rgb(${covered.fill.join(" ")})`;
    drawPieces(after, image, cells(covered.after), tables, null, { covered, fill, limit: limit() });
    [find("told").textContent, find("split").textContent] = covered.sentences;
    find("limit").textContent = text("learn-limit", { limit: fixed(limit()) });
    const { row, column, rows, columns } = covered;
    after.dataset.drawn = [row, column, rows, columns].join(" ");
  };

  /** @param {Part} part */
  const look = async ({ row, column, rows, columns }) => {
    turn += 1;
    const mine = turn;
    const asked = Object.entries({ row, column, rows, columns }).map(([name, value]) => [name, `${value}`]);
    try {
      const answer = await ask("covered", Object.fromEntries(asked));
      if (mine !== turn) return;
      covered = answer;
      draw();
    } catch (error) {
      if (mine === turn) find("told").textContent = reasonOf(error);
    }
  };

  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
  const picker = new CellPicker(before, facts, (one, other) => {
    const part = between(one, other);
    for (const [name, value] of Object.entries(part)) field(name).value = `${value}`;
    look(part);
  }, () => frame());
  let isBegun = false;
  follow(form, (part) => {
    clearTimeout(timer);
    if (isBegun) timer = setTimeout(() => look(part), CALM_MS);
    isBegun = true;
  });
  find("before").replaceChildren(before);
  find("after").replaceChildren(after);
  draw();
}
