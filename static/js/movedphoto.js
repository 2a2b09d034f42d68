/* A photo as the network sees it, moved by pixels of its input, and a class's map over it. */

import { drawMap } from "./colormap.js";
import { penOf } from "./element.js";

const FINE = 2; // pixels of the canvas for one of the input
const STYLE = /** @type {import("./colormap.js").MapStyle} */ ({ mode: "signed", opacity: 0.75, threshold: 0, cells: "smooth" });

/** @typedef {{width: number, height: number, fill: number[], grid: import("./coverage.js").Grid|null}} Seen the input's sides, the photo's mean colour, and where cells lie on it */
/** @typedef {{right: number, down: number, edge: string}} Shift in pixels of the input, and what comes in */

/** A canvas for it. @param {Seen} seen @param {string} label what it shows */
export function canvasFor({ width, height }, label) {
  const canvas = Object.assign(document.createElement("canvas"), { className: "pieces", width: FINE * width, height: FINE * height });
  canvas.setAttribute("role", "img");
  canvas.ariaLabel = label;
  return canvas;
}

/** The photo alone, in grey. @type {(canvas: HTMLCanvasElement, image: HTMLImageElement, seen: Seen, shift: Shift) => void} */
export function drawPhoto(canvas, image, { fill }, { right, down, edge }) {
  const pen = penOf(canvas);
  const { width, height } = canvas;
  pen.filter = "grayscale(1)";
  pen.fillStyle = `rgb(${fill.join(" ")})`;
  pen.fillRect(0, 0, width, height);
  const around = edge === "around" ? [-1, 0, 1] : [0];
  for (const i of around) {
    for (const j of around) pen.drawImage(image, FINE * right + i * width, FINE * down + j * height, width, height);
  }
  pen.filter = "none";
}

/**
 * The map over it, each colour from values between the cells' centres.
 * @type {(canvas: HTMLCanvasElement, map: number[][], seen: Seen & {photo: {width: number, height: number}}, table: ArrayLike<number>, limit: number) => void}
 */
export function drawOver(canvas, map, { grid, photo }, table, limit) {
  if (!grid) return;
  const over = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
  drawMap(over, { values: map.flat(), grid, photo }, STYLE, table, limit);
  penOf(canvas).drawImage(over, 0, 0);
}
