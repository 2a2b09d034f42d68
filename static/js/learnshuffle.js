/* Cells of the maps in another order: the map is shuffled along, every mean and every logit stays. */

import { reasonOf } from "./api.js";
import { CellPicker } from "./cellpicker.js";
import { element, parts } from "./element.js";
import { fixed, shortest, tiny } from "./numbers.js";
import { drawPieces } from "./pieces.js";
import { logitOf, mapOf, pooled, shuffleCells, shuffledOrder } from "./shuffling.js";
import { areUsable, grouped, keep } from "./sizes.js";
import { tableLine } from "./tableline.js";
import { text } from "./text.js";

const SHOWN = 5; // classes

/** A float32 with all its digits. @param {number} value */
const precise = (value) => shortest(value).replace("-", "−");

/**
 * @param {HTMLElement} root
 * @param {import("./learnlocation.js").Located} located
 */
export function shufflePart(root, { facts, features, heads, image, tables, ask }) {
  const find = parts(root);
  const form = find("form", HTMLFormElement);
  const { channels, rows, columns, classes } = facts;
  const seed = /** @type {HTMLInputElement} */ (form.elements.namedItem("seed"));
  const own = Object.assign(document.createElement("input"), { type: "hidden", name: "order" });
  form.append(own);
  const straight = shuffledOrder(rows * columns, 0);
  const map = mapOf(features, heads[0]);
  const vector = pooled(features, channels, straight);
  const [still, canvas] = [1, 2].map(() => Object.assign(document.createElement("canvas"), { className: "pieces" }));
  still.setAttribute("role", "img");
  still.ariaLabel = element(find("ordered"), "img", HTMLImageElement).alt;
  drawPieces(still, image, { values: map, rows, columns }, tables);
  let order = facts.order;
  let turn = 0;

  const draw = () => {
    const values = shuffleCells(map, order);
    const outlined = [picker.first, picker.here].flatMap((cell) => (cell ? [[cell.row * columns + cell.column]] : []));
    drawPieces(canvas, image, { values, rows, columns }, tables, order, { outlined });
    canvas.ariaLabel = `${text("learn-shuffle-label")} ${picker.say(values, fixed)}`;
  };

  const look = async () => {
    turn += 1;
    const mine = turn;
    try {
      const { sentences } = await ask("shuffled", { order: order.join(",") });
      if (mine === turn) find("seen").textContent = sentences.join(" ");
    } catch (error) {
      if (mine === turn) find("seen").textContent = reasonOf(error);
    }
  };

  const tell = () => {
    draw();
    const mixed = pooled(features, channels, order);
    find("told").textContent = text("learn-shuffled", {
      moved: `${order.filter((cell, at) => cell !== at).length}`, cells: `${order.length}`,
      same: grouped(mixed.filter((value, at) => value === vector[at]).length), count: grouped(channels),
    });
    find("logits").replaceChildren(...classes.slice(0, SHOWN).map(({ label, logit, bias }, at) => {
      const [before, after] = [vector, mixed].map((means) => logitOf(means, heads[at], bias));
      return tableLine([label, precise(logit), precise(before), precise(after), tiny(after - before)]);
    }));
    canvas.dataset.drawn = order.join(",");
  };

  /** @param {number[]} cells @param {string} written the same for the address; empty where the number says it */
  const take = (cells, written = cells.join(",")) => {
    order = cells;
    own.value = written;
    keep(form);
    tell();
    look();
  };

  const picker = new CellPicker(canvas, facts, (one, other) => {
    const swapped = [...order];
    const [from, to] = [one, other].map(({ row, column }) => row * columns + column);
    [swapped[from], swapped[to]] = [order[to], order[from]];
    if (from === to) draw();
    else take(swapped);
  }, draw);
  let taken = seed.value;
  const takeSeed = () => {
    if (!areUsable([seed], root)) return;
    taken = seed.value;
    take(shuffledOrder(rows * columns, seed.valueAsNumber), "");
  };
  seed.addEventListener("change", takeSeed);
  form.noValidate = true; // what is wrong is said beside the number
  let standing = taken; // when a key or the button was pressed: a change is told of before the form is sent
  for (const kind of ["keydown", "pointerdown"]) form.addEventListener(kind, () => { standing = taken; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (seed.value === standing) seed.value = `${seed.valueAsNumber < Number(seed.max) ? seed.valueAsNumber + 1 : 1}`;
    if (seed.value !== taken) takeSeed();
  });
  const sort = find("sort");
  sort.hidden = false;
  sort.addEventListener("click", () => take(straight));
  find("ordered").replaceChildren(still);
  find("pieces").replaceChildren(canvas);
  tell();
}
