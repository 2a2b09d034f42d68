/* The page says which scale the maps in view are of, and what it hands out follows as far as it can. */

import { element } from "./element.js";
import { text } from "./text.js";

/**
 * @param {string|null} name of the scale; null for the explanation's own
 * @param {import("./contract.js").Scaled|null} told what is known of it
 */
export function tellScale(name, told) {
  const place = element(document, "[data-map-scale]");
  place.hidden = name === null;
  const isFused = name === "fused";
  place.textContent = isFused ? text("scale-is-fused") : text("scale-is", { scale: name ?? "" });
  element(document, "[data-own-scale]").hidden = name === null;
  const cams = element(document, "[data-cams]", HTMLAnchorElement);
  cams.dataset.own ??= cams.href;
  cams.href = told?.cams_url ?? cams.dataset.own;
}
