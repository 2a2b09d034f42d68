/* The outline of an area over the map. */

import { cellArea } from "./geometry.js";
import { scene } from "./scene.js";
import { drawn, layer } from "./stage.js";

/** @param {import("./areas.js").Area} area */
function shapeOf(area) {
  if (area.kind === "box") {
    return drawn("rect", { x: area.left, y: area.top, width: area.right - area.left, height: area.bottom - area.top });
  }
  if (area.kind === "lasso") return drawn("polygon", { points: area.points.map((point) => point.join(",")).join(" ") });
  const { image } = scene.explanation;
  const { grid = scene.explanation.grid } = area;
  const places = area.cells.map((at) => cellArea(grid, { row: Math.floor(at / grid.columns), column: at % grid.columns }, image));
  return drawn("path", { d: places.map(({ x, y, width, height }) => `M${x} ${y}h${width}v${height}h${-width}z`).join("") });
}

/**
 * Draw an area, or take it away; the second one is dotted, so that both are told apart without colours.
 *
 * @param {HTMLElement} stage
 * @param {"region" | "other" | "erased"} name
 * @param {import("./areas.js").Area | null} area
 */
export function outline(stage, name, area) {
  const marks = layer(stage, name);
  marks.replaceChildren();
  if (!area) return;
  const [light, dark] = [shapeOf(area), shapeOf(area)];
  light.classList.add("mark");
  dark.classList.add("mark", name === "other" ? "mark--dots" : "mark--dashes");
  marks.append(light, dark);
}
