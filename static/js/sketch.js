/* Drawing an area on the photo: by pointer as a box, a lasso or a brush over cells; by keys from cell to cell. */

import { boxBetween, lassoThrough } from "./areas.js";
import { cellArea, cellAt, peak } from "./geometry.js";
import { point, scene } from "./scene.js";
import { shown } from "./shown.js";
import { nearPhoto, onPhoto } from "./stage.js";

/** @typedef {import("./areas.js").Area} Area */
/** @typedef {import("./cells.js").Place} Place */
/** @typedef {import("./coverage.js").Photo} Photo */
/** @typedef {{isOn: () => boolean, tool: () => Area["kind"], area: () => Area|null, draw: (area: Area|null) => void}} By */

const LEAST_DRAG = 4; // screen pixels; less is a click
/** @type {Record<string, [number, number]>} rows down, columns across */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @param {Place} place */
const cellsUnder = ({ x, y }) => {
  const { grid } = scene.explanation;
  const { row, column } = cellAt(grid, x, y);
  return row * grid.columns + column;
};

/** @type {Record<Area["kind"], (path: Place[], before: number[]) => Area|null>} */
const drawWith = {
  box: (path) => boxBetween(path[0], path[path.length - 1], scene.explanation.image),
  lasso: (path) => lassoThrough(path),
  cells: (path, before) => ({ kind: "cells", cells: [...new Set([...before, ...path.map(cellsUnder)])] }),
};

/**
 * @param {HTMLElement} stage
 * @param {By} by
 */
export function sketch(stage, by) {
  const { image: photo } = scene.explanation;
  byPointer(stage, photo, by);
  byKeys(stage, photo, by);
}

/** @type {(stage: HTMLElement, photo: Photo, by: By) => void} */
function byPointer(stage, photo, { isOn, tool, area, draw }) {
  /** @type {Place[]|null} */
  let path = null;
  /** @type {number[]} */
  let before = [];
  let [isMoving, from] = [false, { x: 0, y: 0 }];
  stage.addEventListener("pointerdown", (event) => {
    const place = isOn() && event.button === 0 ? onPhoto(stage, photo, event) : null;
    path = place && [place];
    if (!path) return;
    [isMoving, from] = [tool() === "cells", { x: event.clientX, y: event.clientY }];
    const drawn = area();
    before = drawn?.kind === "cells" ? drawn.cells : [];
    stage.setPointerCapture(event.pointerId);
    if (isMoving) draw(drawWith.cells(path, before));
  });
  stage.addEventListener("pointermove", (event) => {
    if (!path) return;
    isMoving ||= Math.hypot(event.clientX - from.x, event.clientY - from.y) >= LEAST_DRAG;
    if (!isMoving) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const one of passed.length > 0 ? passed : [event]) path.push(nearPhoto(stage, photo, one));
    const drawn = drawWith[tool()](path, before);
    if (drawn) draw(drawn);
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    stage.addEventListener(kind, () => {
      path = null;
    });
  }
}

/** @type {(stage: HTMLElement, photo: Photo, by: By) => void} */
function byKeys(stage, photo, { isOn, draw }) {
  /** @type {import("./geometry.js").Cell|null} */
  let anchor = null;
  stage.addEventListener("keydown", (event) => {
    if (!event.shiftKey) anchor = null;
    if (!isOn() || !event.shiftKey || !(event.key in STEPS)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { grid } = scene;
    const strongest = peak(shown(scene).values, grid, photo);
    const here = scene.cell ?? cellAt(grid, strongest.x, strongest.y);
    anchor ??= here;
    const [down, across] = STEPS[event.key];
    const next = {
      row: Math.min(Math.max(here.row + down, 0), grid.rows - 1),
      column: Math.min(Math.max(here.column + across, 0), grid.columns - 1),
    };
    point(next);
    const corners = [anchor, next].map((cell) => cellArea(grid, cell, photo));
    const ends = corners.flatMap(({ x, y, width, height }) => [{ x, y }, { x: x + width, y: y + height }]);
    /** @param {(...values: number[]) => number} pick */
    const corner = (pick) => ({ x: pick(...ends.map(({ x }) => x)), y: pick(...ends.map(({ y }) => y)) });
    draw(boxBetween(corner(Math.min), corner(Math.max), photo));
  });
}
