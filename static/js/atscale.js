/* The page says which scale the maps in view are of, and what it hands out follows; download.js has the rest. */

import { element } from "./element.js";
import { text } from "./text.js";

/**
 * The scale at which the network is asked about the map in view, as the API takes it; nothing for the explanation's own.
 * Fused maps are means of several looks, and one of them alone can be asked.
 *
 * @param {import("./view.js").View} view
 * @returns {{scale?: number}}
 */
export const scaleAsked = ({ scale }) => (scale === null || scale === "fused" ? {} : { scale: Number(scale) });

/** Which scale the maps in view are of, in words. @param {string} name */
export const scaleWords = (name) => (name === "fused" ? text("scale-is-fused") : text("scale-is", { scale: name }));

/**
 * @param {string|null} name of the scale; null for the explanation's own
 * @param {import("./contract.js").Scaled|null} told what is known of it
 */
export function tellScale(name, told) {
  const place = element(document, "[data-map-scale]");
  place.hidden = name === null;
  place.textContent = name === null ? "" : scaleWords(name);
  follow(element(document, "[data-cams]", HTMLAnchorElement), told?.cams_url);
  follow(element(document, "[data-numbers]", HTMLAnchorElement), told?.url);
}

/** @param {HTMLAnchorElement} link @param {string} [url] of what is in view; none for its own */
function follow(link, url) {
  link.dataset.own ??= link.href;
  link.href = url ?? link.dataset.own;
}
