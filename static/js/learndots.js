/* Two dots, pooled again and again until one cell is left. */

import { getJson } from "./api.js";
import { tablesFrom } from "./colormap.js";
import { element, elements, given, parts } from "./element.js";
import { drawCells } from "./mapdrawing.js";
import { again, twoDots } from "./pooling.js";
import { follow } from "./sizes.js";
import { text } from "./text.js";

const SIDE = 16;
const TIMES = 4;

/** The largest of a map of shares of one, each one over a whole number. @param {import("./pooling.js").NumberMap} map */
function brightest({ values }) {
  const part = Math.round(1 / Math.max(...Array.from(values)));
  return part > 1 ? `1/${part}` : "1";
}

/** @param {import("./pooling.js").NumberMap} map @param {import("./colormap.js").Tables} tables */
function step(map, tables) {
  const figure = document.createElement("figure");
  figure.className = "dots__step";
  const canvas = document.createElement("canvas");
  canvas.className = "dots__map";
  drawCells(canvas, map, tables, 1);
  const title = document.createElement("figcaption");
  title.className = "lesson__note";
  title.textContent = text("learn-dots-step", { side: `${map.rows}`, value: brightest(map) });
  figure.append(canvas, title);
  return figure;
}

/** @param {HTMLElement} root */
export default async function learndots(root) {
  const find = parts(root);
  const tables = tablesFrom(await getJson(given(root, "colormapsUrl")));
  follow(find("form", HTMLFormElement), ({ dot, apart }) => {
    for (const row of elements(root, "[data-dots]")) {
      const kind = /** @type {"max"|"average"} */ (given(row, "dots"));
      const maps = again(twoDots(SIDE, dot - 1, apart), { kind, size: 2, stride: 2, padding: "valid" }, TIMES);
      element(row, "[data-maps]").replaceChildren(...maps.map((map) => step(map, tables)));
      const merged = maps.findIndex(({ values }) => Array.from(values).filter((value) => value !== 0).length === 1);
      const values = { times: `${merged}`, value: brightest(maps[maps.length - 1]) };
      const told = kind === "max" ? text("learn-dots-max", values) : text("learn-dots-average", values);
      element(row, "[data-told]").textContent = told;
    }
  });
}
