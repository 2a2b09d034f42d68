/* One filter over numbers that can be typed: what comes out, and what each cell of it is made of. */

import { SIDE, correlate, kernelOf } from "./detection.js";
import { parts } from "./element.js";
import { NumberGrid, factor, short } from "./numbergrid.js";
import { text } from "./text.js";
import { readNumbers } from "./typed.js";

/** A small map as it is typed. @param {import("./pooling.js").NumberMap} map */
function lines({ values, rows, columns }) {
  const numbers = Array.from(values);
  return Array.from({ length: rows }, (_, row) => numbers.slice(row * columns, (row + 1) * columns).join(" ")).join("\n");
}

/** @param {HTMLElement} root */
export default function learnfilter(root) {
  const find = parts(root);
  const typed = find("typed", HTMLTextAreaElement);
  const chosen = find("kernel", HTMLSelectElement);
  const weights = find("weights", HTMLTextAreaElement);
  const [input, filter, output] = ["input", "kernel", "output"].map((name) => new NumberGrid(root, name));

  const draw = () => {
    const photo = readNumbers(typed.value);
    const kernel = readNumbers(weights.value);
    const isFilter = kernel?.rows === SIDE && kernel.columns === SIDE;
    const found = photo && isFilter ? correlate(photo, kernel) : null;
    const isPhoto = photo !== null && photo.rows >= SIDE && photo.columns >= SIDE;
    find("wrong").textContent = isPhoto ? (isFilter ? "" : text("learn-wrong-weights")) : text("learn-wrong-filter");
    typed.ariaInvalid = `${!isPhoto}`;
    weights.ariaInvalid = `${!isFilter}`;
    root.toggleAttribute("data-stale", !found);
    if (!photo || !kernel || !found) return;
    /** @param {number} row @param {number} column */
    const pick = (row, column) => {
      input.mark({ top: row, left: column, bottom: row + SIDE, right: column + SIDE });
      output.mark({ top: row, left: column, bottom: row + 1, right: column + 1 });
      const terms = Array.from(kernel.values).map((weight, at) => {
        const seen = photo.values[(row + Math.floor(at / SIDE)) * photo.columns + column + (at % SIDE)];
        return `${factor(weight)} · ${factor(seen)}`;
      });
      find("sum").textContent = `${terms.join(" + ")} = ${short(found.values[row * found.columns + column])}`;
    };
    input.draw(photo);
    filter.draw(kernel);
    output.draw(found, pick);
    pick(Math.floor(found.rows / 2), Math.floor(found.columns / 2));
  };

  const choose = () => {
    if (chosen.value) weights.value = lines(kernelOf(chosen.value));
    draw();
  };
  typed.addEventListener("input", draw);
  weights.addEventListener("input", () => {
    chosen.value = "";
    draw();
  });
  chosen.addEventListener("change", choose);
  choose();
}
