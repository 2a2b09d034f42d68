/* A photo in as many pieces as a map has cells, and the map's cells over it, in any order: as app/learn_pieces.py. */

import { colours, limitOf } from "./colormap.js";
import { penOf } from "./element.js";

const LONGEST = 960; // side of the canvas, in pixels
const MOST_ELONGATED = 6; // times as long as it is wide
const OVER = 0.75;
const PALE = "rgb(255 255 255 / 50%)"; // over the photo: colours over black would all be black
const OUTLINE = /** @type {[string, number][]} */ ([["#171615", 9], ["#ffffff", 3]]); // dark beside light, on any photo

/** Of a cell: the row and column of the neighbour there, and the line between the two from corner to corner. */
const SIDES = [[-1, 0, 0, 0, 0, 1], [1, 0, 1, 0, 1, 1], [0, -1, 0, 0, 1, 0], [0, 1, 0, 1, 1, 1]];

/** @typedef {{rows: number, columns: number}} Shape */
/** @typedef {{row: number, column: number, rows: number, columns: number}} Part a rectangle of cells */
/** @typedef {Shape & {values: ArrayLike<number>}} Cells in logits, row by row */

/**
 * @typedef {object} Marks
 * @property {Iterable<number>} [covered] cells that are painted
 * @property {string} [fill] in which colour
 * @property {Iterable<number>[]} [outlined] cells with a line around all of them, by number
 * @property {number} [limit] what gets the strongest colour, in logits; default the map's own
 */

/**
 * Width and height of a cell in a picture: never so narrow that cells can't be told apart.
 * @type {(width: number, height: number, shape: Shape) => [number, number]}
 */
export function cellSize(width, height, { rows, columns }) {
  const aspect = Math.min(Math.max(height / width, 1 / MOST_ELONGATED), MOST_ELONGATED);
  const [wide, high] = aspect <= 1 ? [LONGEST, LONGEST * aspect] : [LONGEST / aspect, LONGEST];
  return [Math.max(1, Math.round(wide / columns)), Math.max(1, Math.round(high / rows))];
}

/** @type {(canvas: HTMLCanvasElement, image: HTMLImageElement, shape: Shape) => [number, number]} width and height of a piece */
function sized(canvas, image, shape) {
  const [across, down] = cellSize(image.naturalWidth, image.naturalHeight, shape);
  if (canvas.width !== across * shape.columns || canvas.height !== down * shape.rows) {
    canvas.width = across * shape.columns;
    canvas.height = down * shape.rows;
  }
  return [across, down];
}

/** The map alone, a pixel a cell, both signs around zero, to be laid over a photo. @type {(cells: Cells, table: ArrayLike<number>, limit: number) => HTMLCanvasElement} */
export function drawnMap({ values, rows, columns }, table, limit) {
  const map = document.createElement("canvas");
  map.width = columns;
  map.height = rows;
  const pixels = colours(values, { mode: "signed", opacity: OVER, threshold: 0 }, limit, table);
  penOf(map).putImageData(new ImageData(pixels, columns, rows), 0, 0);
  return map;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLImageElement} image loaded
 * @param {Cells} cells in the order they are drawn in
 * @param {import("./colormap.js").Tables} tables
 * @param {ArrayLike<number>|null} order of the photo's pieces; null for its own
 * @param {Marks} marks
 */
export function drawPieces(canvas, image, cells, tables, order = null, { covered = [], fill = "", outlined = [], limit } = {}) {
  const [across, down] = sized(canvas, image, cells);
  const [wide, high] = [image.naturalWidth / cells.columns, image.naturalHeight / cells.rows];
  const pen = penOf(canvas);
  /** @type {(cell: number) => [number, number]} */
  const placeOf = (cell) => [Math.floor(cell / cells.columns), cell % cells.columns];
  pen.filter = "grayscale(1)";
  for (let at = 0; at < cells.rows * cells.columns; at += 1) {
    const [[row, column], [y, x]] = [placeOf(order ? order[at] : at), placeOf(at)];
    pen.drawImage(image, column * wide, row * high, wide, high, x * across, y * down, across, down);
  }
  pen.fillStyle = fill;
  for (const [row, column] of Array.from(covered, placeOf)) pen.fillRect(column * across, row * down, across, down);
  pen.filter = "none";
  makePale(canvas);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(drawnMap(cells, Object.values(tables.signed)[0], limit ?? limitOf(Array.from(cells.values), "signed")), 0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = true;
  for (const group of outlined) drawOutline(pen, new Set(group), cells, across, down);
}

/** Bring a photo into the lighter half of its shades. @param {HTMLCanvasElement} canvas */
export function makePale(canvas) {
  const pen = penOf(canvas);
  pen.fillStyle = PALE;
  pen.fillRect(0, 0, canvas.width, canvas.height);
}

/** @type {(pen: CanvasRenderingContext2D, group: Set<number>, shape: Shape, across: number, down: number) => void} */
function drawOutline(pen, group, { rows, columns }, across, down) {
  pen.lineCap = "square";
  for (const [colour, width] of OUTLINE) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    for (const cell of group) {
      const [row, column] = [Math.floor(cell / columns), cell % columns];
      for (const [over, beside, top, left, bottom, right] of SIDES) {
        const [y, x] = [row + over, column + beside];
        if (y >= 0 && y < rows && x >= 0 && x < columns && group.has(y * columns + x)) continue;
        pen.moveTo((column + left) * across, (row + top) * down);
        pen.lineTo((column + right) * across, (row + bottom) * down);
      }
    }
    pen.stroke();
  }
}
