/* Two models' maps of one photo on one scale, their difference, and a region drawn on all of them. */

import { alarm } from "./alert.js";
import { getJson, reasonOf } from "./api.js";
import { drawMap, tablesFrom } from "./colormap.js";
import { element, elements, given } from "./element.js";
import { change, facing, open, watch } from "./facing.js";
import { fit } from "./geometry.js";
import { drawRegions } from "./region.js";
import { drawMinus, minusSigns } from "./minus.js";
import { text } from "./text.js";
import { readValues } from "./values.js";

/** @typedef {import("./coverage.js").Region} Region */
/** @typedef {[HTMLElement, import("./facing.js").FacingMap]} Panel an element with its map */

const LONGEST_SIDE = 1024;
/** @type {import("./colormap.js").MapStyle} */
const STYLE = { mode: "signed", opacity: 0.7, threshold: 0, cells: "smooth" };

/** @type {(panel: Panel, limit: number, tables: import("./colormap.js").Tables) => void} */
function drawPanel([panel, { values, grid }], limit, tables) {
  const canvas = element(panel, "[data-map]", HTMLCanvasElement);
  Object.assign(canvas, fit(facing.photo, LONGEST_SIDE));
  canvas.hidden = false;
  const map = { values, grid, photo: facing.photo };
  drawMap(canvas, map, STYLE, Object.values(tables[STYLE.mode])[0], limit);
  drawMinus(panel, minusSigns(map, limit));
  canvas.dataset.drawn = given(panel, "panel");
}

/** @param {Panel[]} panels @param {Region|null} region */
function markRegion(panels, region) {
  const place = region && { x: region.left, y: region.top, width: region.right - region.left, height: region.bottom - region.top };
  for (const [panel] of panels) {
    for (const mark of panel.querySelectorAll("[data-mark-region]")) {
      mark.toggleAttribute("hidden", region === null);
      for (const [name, value] of Object.entries(place ?? {})) mark.setAttribute(name, `${value}`);
    }
  }
}

/**
 * The page's address and its downloads are about the region that is drawn.
 *
 * @param {HTMLAnchorElement[]} links
 * @param {Region|null} region
 */
function carryRegion(links, region) {
  /** @param {string} address */
  const carried = (address) => {
    const url = new URL(address, document.baseURI);
    for (const name of ["left", "top", "right", "bottom", "region"]) url.searchParams.delete(name);
    if (region) url.searchParams.set("region", Object.values(region).join(","));
    return url;
  };
  for (const link of links) link.href = carried(link.href).href;
  history.replaceState(history.state, "", carried(window.location.href));
}

/** @param {HTMLElement} root */
export default async function start(root) {
  try {
    const addresses = [given(root, "comparisonUrl"), given(root, "colormapsUrl")];
    /** @type {[import("./contract.js").Comparison, Record<string, Record<string, string>>]} */
    const [comparison, raw] = await Promise.all([getJson(addresses[0]), getJson(addresses[1])]);
    const tables = tablesFrom(raw);
    open(comparison);
    const found = elements(root, "[data-panel]").map((panel) => {
      const name = /** @type {import("./facing.js").Name} */ (panel.dataset.panel);
      return /** @type {Panel} */ ([panel, facing.maps[name]]);
    });
    for (const panel of found) {
      const own = panel[0].dataset.panel === "difference" ? comparison.difference : comparison;
      drawPanel(panel, (own ?? comparison).limit, tables);
    }
    const drawn = comparison.regions.find(({ kind }) => kind === "drawn");
    if (drawn) {
      const { left, top, right, bottom } = drawn;
      change({ region: { left, top, right, bottom } });
    }
    readValues(root, found);
    if (facing.maps.difference) drawRegions(root, found);
    const links = elements(document, "[data-with-region]", HTMLAnchorElement);
    let last = facing.region;
    watch(({ region }) => {
      markRegion(found, region);
      if (region !== last) carryRegion(links, region);
      last = region;
    });
  } catch (error) {
    alarm(text("comparison-failed", { reason: reasonOf(error) }));
  }
}
