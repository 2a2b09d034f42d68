/* Two models' maps of one photo on one scale, their difference, and a region drawn on all of them. */

import { alarm } from "./alert.js";
import { getJson, reasonOf } from "./api.js";
import { drawMap, tablesFrom } from "./colormap.js";
import { change, facing, open, watch } from "./facing.js";
import { fit } from "./geometry.js";
import { drawRegions } from "./region.js";
import { text } from "./text.js";
import { readValues } from "./values.js";

const LONGEST_SIDE = 1024;
const STYLE = { mode: "signed", opacity: 0.7, threshold: 0, cells: "smooth" };

function drawPanel(panel, { values, grid }, limit, tables) {
  const canvas = panel.querySelector("[data-map]");
  Object.assign(canvas, fit(facing.photo, LONGEST_SIDE));
  canvas.hidden = false;
  drawMap(canvas, { values, grid, photo: facing.photo }, STYLE, Object.values(tables[STYLE.mode])[0], limit);
  canvas.dataset.drawn = panel.dataset.panel;
}

function markRegion(panels, region) {
  const { left, top, right, bottom } = region ?? {};
  const place = region && { x: left, y: top, width: right - left, height: bottom - top };
  for (const [panel] of panels) {
    for (const mark of panel.querySelectorAll("[data-mark-region]")) {
      mark.toggleAttribute("hidden", region === null);
      for (const [name, value] of Object.entries(place ?? {})) mark.setAttribute(name, value);
    }
  }
}

/** The page's address and its downloads are about the region that is drawn. */
function carryRegion(links, region) {
  const carried = (address) => {
    const url = new URL(address, document.baseURI);
    for (const name of ["left", "top", "right", "bottom", "region"]) url.searchParams.delete(name);
    if (region) url.searchParams.set("region", Object.values(region).join(","));
    return url;
  };
  for (const link of links) link.href = carried(link.href);
  history.replaceState(history.state, "", carried(window.location.href));
}

export default async function start(root) {
  try {
    const { comparisonUrl, colormapsUrl } = root.dataset;
    const [comparison, raw] = await Promise.all([getJson(comparisonUrl), getJson(colormapsUrl)]);
    const tables = tablesFrom(raw);
    open(comparison);
    const found = [...root.querySelectorAll("[data-panel]")].map((panel) => [panel, facing.maps[panel.dataset.panel]]);
    for (const [panel, map] of found) {
      const limit = panel.dataset.panel === "difference" ? comparison.difference.limit : comparison.limit;
      drawPanel(panel, map, limit, tables);
    }
    const drawn = comparison.regions.find(({ kind }) => kind === "drawn");
    if (drawn) {
      const { left, top, right, bottom } = drawn;
      change({ region: { left, top, right, bottom } });
    }
    readValues(root, found);
    if (facing.maps.difference) drawRegions(root, found);
    const links = document.querySelectorAll("[data-with-region]");
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
