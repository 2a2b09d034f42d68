/* A small map in numbers: its cells can be gone over, and those that one value is made of stand out. */

import { element, given } from "./element.js";
import { fixed } from "./numbers.js";
import { text } from "./text.js";

/** @typedef {import("./pooling.js").NumberMap} NumberMap */
/** @typedef {import("./pooling.js").Window} Window */

/** A number as a cell has room for: whole, or with two decimals. @param {number} value */
export const short = (value) => fixed(value, Number.isInteger(value) ? 0 : 2);

/** A number as it stands in a product. @param {number} value */
export const factor = (value) => (value < 0 ? `(${short(value)})` : short(value));

export class NumberGrid {
  /** @param {ParentNode} root @param {string} name */
  constructor(root, name) {
    this.figure = element(root, `[data-grid="${name}"]`);
    this.body = element(this.figure, "tbody");
    this.columns = 0;
  }

  /**
   * @param {NumberMap} map
   * @param {((row: number, column: number) => void)|null} pick called for a cell that is gone over
   */
  draw({ values, rows, columns }, pick = null) {
    this.columns = columns;
    element(this.figure, "[data-caption]").textContent = `${given(this.figure, "title")}, ${rows} × ${columns}`;
    const lines = Array.from({ length: rows }, (_, row) => {
      const line = document.createElement("tr");
      line.append(...Array.from({ length: columns }, (__, column) => {
        const cell = document.createElement("td");
        cell.className = "cells__cell";
        const value = short(values[row * columns + column]);
        if (pick) cell.append(this.button(row, column, value, pick));
        else cell.textContent = value;
        return cell;
      }));
      return line;
    });
    this.body.replaceChildren(...lines);
  }

  /** @param {number} row @param {number} column @param {string} value @param {(row: number, column: number) => void} pick */
  button(row, column, value, pick) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cells__pick";
    button.textContent = value;
    button.ariaLabel = text("learn-cell", { row: `${row + 1}`, column: `${column + 1}`, value });
    for (const kind of ["focus", "pointerenter", "click"]) button.addEventListener(kind, () => pick(row, column));
    return button;
  }

  /** Let a part of the map stand out. @param {Window} seen */
  mark({ top, left, bottom, right }) {
    for (const [at, cell] of this.body.querySelectorAll("td").entries()) {
      const row = Math.floor(at / this.columns);
      const column = at % this.columns;
      cell.classList.toggle("cells__cell--seen", top <= row && row < bottom && left <= column && column < right);
    }
  }
}
