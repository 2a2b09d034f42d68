/* One filter over numbers that can be typed: what comes out, and what each cell of it is made of. */

import { SIDE, correlate, kernelOf } from "./detection.js";
import { parts } from "./element.js";
import { NumberGrid, factor, short } from "./numbergrid.js";
import { text } from "./text.js";
import { readNumbers } from "./typed.js";


/** @param {HTMLElement} root */
export default function learnfilter(root) {
  const find = parts(root);
  const typed = find("typed", HTMLTextAreaElement);
  const chosen = find("kernel", HTMLSelectElement);
  const [input, filter, output] = ["input", "kernel", "output"].map((name) => new NumberGrid(root, name));

  const draw = () => {
    const photo = readNumbers(typed.value);
    const kernel = kernelOf(chosen.value);
    const found = photo && correlate(photo, kernel);
    find("wrong").textContent = found ? "" : text("learn-wrong-filter");
    typed.ariaInvalid = `${!found}`;
    if (!photo || !found) return;
    /** @param {number} row @param {number} column */
    const pick = (row, column) => {
      input.mark({ top: row, left: column, bottom: row + SIDE, right: column + SIDE });
      output.mark({ top: row, left: column, bottom: row + 1, right: column + 1 });
      const terms = kernel.values.map((weight, at) => {
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

  typed.addEventListener("input", draw);
  chosen.addEventListener("change", draw);
  draw();
}
