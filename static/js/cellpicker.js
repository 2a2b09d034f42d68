/* Two cells of a picture, one after the other: dragged from one to the other, pressed in turn, or by arrow keys and Enter. */

import { STEPS } from "./cells.js";
import { text } from "./text.js";

/** @typedef {import("./pieces.js").Shape} Shape */
/** @typedef {{row: number, column: number}} Cell */

/** @type {(value: number, count: number) => number} */
const within = (value, count) => Math.min(Math.max(value, 0), count - 1);

/** All cells between two corners, by number. @type {(one: Cell, other: Cell, columns: number) => number[]} */
export function between(one, other, columns) {
  const [top, left] = [Math.min(one.row, other.row), Math.min(one.column, other.column)];
  const [high, wide] = [Math.abs(one.row - other.row) + 1, Math.abs(one.column - other.column) + 1];
  return Array.from({ length: high * wide }, (_, at) => (top + Math.floor(at / wide)) * columns + left + (at % wide));
}

export class CellPicker {
  /** @type {Cell|null} */
  first = null;

  /** @type {Cell|null} */
  here = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Shape} shape
   * @param {(one: Cell, other: Cell) => void} pick called with two cells; may be the same one
   * @param {() => void} change called when `first` or `here` is another
   */
  constructor(canvas, shape, pick, change) {
    this.canvas = canvas;
    this.shape = shape;
    this.pick = pick;
    this.change = change;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(this.cellOf(event)));
    canvas.addEventListener("pointerup", (event) => this.release(event));
    canvas.addEventListener("pointerleave", () => this.first ?? this.leave());
    canvas.addEventListener("pointercancel", () => this.leave()); // a finger that scrolls after all
    canvas.addEventListener("blur", () => this.leave());
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {PointerEvent} event @returns {Cell} */
  cellOf({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return {
      row: within(Math.floor(((clientY - top) / height) * this.shape.rows), this.shape.rows),
      column: within(Math.floor(((clientX - left) / width) * this.shape.columns), this.shape.columns),
    };
  }

  /** @param {Cell} cell */
  move(cell) {
    if (this.here?.row === cell.row && this.here.column === cell.column) return;
    this.here = cell;
    this.change();
  }

  leave() {
    this.first = null;
    this.here = null;
    this.change();
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    const cell = this.cellOf(event);
    if (this.first) this.finish(cell);
    else this.begin(cell);
  }

  /** @param {PointerEvent} event */
  release(event) {
    const cell = this.cellOf(event);
    if (this.first && (cell.row !== this.first.row || cell.column !== this.first.column)) this.finish(cell);
  }

  /** @param {Cell} cell */
  begin(cell) {
    this.first = cell;
    this.here = cell;
    this.change();
  }

  /** @param {Cell} cell */
  finish(cell) {
    const one = this.first ?? cell;
    this.first = null;
    this.here = cell;
    this.pick(one, cell);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const here = this.here ?? { row: 0, column: 0 };
    if (event.key in STEPS) {
      const [down, across] = STEPS[event.key];
      const isFirst = this.here === null;
      this.move(isFirst ? here : {
        row: within(here.row + down, this.shape.rows), column: within(here.column + across, this.shape.columns),
      });
    } else if (event.key === "Enter" || event.key === " ") {
      if (this.first) this.finish(here);
      else this.begin(here);
    } else if (event.key === "Escape" && this.first) {
      this.leave();
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Where it is, for those who hear it. @param {ArrayLike<number>} values */
  say(values, shown = (/** @type {number} */ value) => `${value}`) {
    if (!this.here) return "";
    const { row, column } = this.here;
    const value = shown(values[row * this.shape.columns + column]);
    return text("learn-cell", { row: `${row + 1}`, column: `${column + 1}`, value });
  }
}
