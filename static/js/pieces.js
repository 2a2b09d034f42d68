/* A photo in as many pieces as a map has cells, and the map's cells over it, in any order. */

import { colours, limitOf } from "./colormap.js";
import { penOf } from "./element.js";

const WIDEST = 720; // pixels of the canvas
const OVER = 0.75;

/** @typedef {{rows: number, columns: number}} Shape */
/** @typedef {{row: number, column: number, rows: number, columns: number}} Part cells */
/** @typedef {Shape & {values: ArrayLike<number>}} Cells in logits, row by row */

/**
 * @typedef {object} Marks
 * @property {Part|null} [covered] painted in a colour of its own
 * @property {string} [fill] that colour
 * @property {Part[]} [framed] each with a line around it
 * @property {number} [limit] what gets the strongest colour, in logits; default the map's own
 */

/** @type {(canvas: HTMLCanvasElement, image: HTMLImageElement, shape: Shape) => [number, number]} width and height of a piece */
function sized(canvas, image, { rows, columns }) {
  const across = Math.max(1, Math.floor(Math.min(WIDEST, image.naturalWidth) / columns));
  const down = Math.max(1, Math.round((across * columns * image.naturalHeight) / image.naturalWidth / rows));
  if (canvas.width !== across * columns || canvas.height !== down * rows) {
    canvas.width = across * columns;
    canvas.height = down * rows;
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
export function drawPieces(canvas, image, cells, tables, order = null, { covered = null, fill = "", framed = [], limit } = {}) {
  const [across, down] = sized(canvas, image, cells);
  const [wide, high] = [image.naturalWidth / cells.columns, image.naturalHeight / cells.rows];
  const pen = penOf(canvas);
  pen.filter = "grayscale(1)";
  for (let at = 0; at < cells.rows * cells.columns; at += 1) {
    const from = order ? order[at] : at;
    const [row, column] = [Math.floor(from / cells.columns), from % cells.columns];
    const [y, x] = [Math.floor(at / cells.columns), at % cells.columns];
    pen.drawImage(image, column * wide, row * high, wide, high, x * across, y * down, across, down);
  }
  if (covered) {
    pen.fillStyle = fill;
    pen.fillRect(covered.column * across, covered.row * down, covered.columns * across, covered.rows * down);
  }
  pen.filter = "none";
  pen.imageSmoothingEnabled = false;
  pen.drawImage(drawnMap(cells, Object.values(tables.signed)[0], limit ?? limitOf(Array.from(cells.values), "signed")), 0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = true;
  for (const part of framed) frame(pen, part, across, down);
}

/** @type {(pen: CanvasRenderingContext2D, part: Part, across: number, down: number) => void} dark beside light, on any photo */
function frame(pen, { row, column, rows, columns }, across, down) {
  for (const [colour, width] of /** @type {[string, number][]} */ ([["#171615", 6], ["#ffffff", 3]])) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.strokeRect(column * across + 3, row * down + 3, columns * across - 6, rows * down - 6);
  }
}
