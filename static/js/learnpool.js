/* Pooling of numbers that can be typed: what comes out, and what each cell of it is made of. */

import { element, elements, given, parts } from "./element.js";
import { NumberGrid, short } from "./numbergrid.js";
import { pool, sideAfter, windowOf } from "./pooling.js";
import { follow } from "./sizes.js";
import { text } from "./text.js";
import { readNumbers } from "./typed.js";

/** How a side afterwards is counted, in figures. @param {number} side @param {import("./pooling.js").Pooling} how */
function countedSide(side, how) {
  const after = sideAfter(side, how);
  if (how.padding === "same") return `⌈${side} / ${how.stride}⌉ = ${after}`;
  return `⌊(${side} − ${how.size}) / ${how.stride}⌋ + 1 = ${after}`;
}

/** @param {HTMLElement} root */
export default function learnpool(root) {
  const find = parts(root);
  const form = find("form", HTMLFormElement);
  const typed = find("typed", HTMLTextAreaElement);
  const [before, after] = ["before", "after"].map((name) => new NumberGrid(root, name));

  /** @param {string} words */
  const say = (words) => {
    find("wrong").textContent = words;
    typed.ariaInvalid = `${words !== ""}`;
  };

  follow(form, (how) => {
    const map = readNumbers(typed.value);
    if (!map) return say(text("learn-wrong-numbers"));
    before.draw(map);
    const pooled = pool(map, how);
    if (!pooled) return say(text("learn-no-window"));
    say("");
    /** @param {number} row @param {number} column */
    const pick = (row, column) => {
      const seen = windowOf(map, how, row, column);
      before.mark(seen);
      after.mark({ top: row, left: column, bottom: row + 1, right: column + 1 });
      const cells = Array.from({ length: seen.bottom - seen.top }, (_, y) => {
        const start = (seen.top + y) * map.columns;
        return Array.from(map.values).slice(start + seen.left, start + seen.right);
      }).flat().map(short);
      const result = short(pooled.values[row * pooled.columns + column]);
      const made = how.kind === "max" ? `max(${cells.join(", ")})` : `(${cells.join(" + ")}) / ${cells.length}`;
      find("sum").textContent = `${made} = ${result}`;
    };
    after.draw(pooled, pick);
    pick(0, 0);
    find("sides").textContent = text("learn-sides", {
      rows: countedSide(map.rows, how), columns: countedSide(map.columns, how),
    });
    return undefined;
  });

  find("presets").hidden = false;
  for (const button of elements(find("presets"), "button")) {
    button.addEventListener("click", () => {
      for (const name of ["size", "stride"]) element(form, `[name=${name}]`, HTMLInputElement).value = given(button, name);
      element(form, "[name=padding]", HTMLSelectElement).value = given(button, "padding");
      form.dispatchEvent(new Event("input"));
    });
  }
}
