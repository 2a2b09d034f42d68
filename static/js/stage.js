/* The photo's stage: where on the photo a pointer is, and layers of marks over the map. */

import { closest, element } from "./element.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {import("./coverage.js").Photo} Photo */
/** @typedef {{clientX: number, clientY: number}} Pointed a place of the screen, as of a pointer's event */

/**
 * Where on the photo the pointer is, or null beside it: the photo may be letterboxed.
 *
 * @param {Element} stage
 * @param {Photo} photo
 * @param {Pointed} event
 */
export function onPhoto(stage, photo, event) {
  const { x, y } = toPhoto(stage, photo, event);
  return x >= 0 && y >= 0 && x < photo.width && y < photo.height ? { x, y } : null;
}

/**
 * The same, cut to the photo: for what is dragged beyond its edge.
 *
 * @param {Element} stage
 * @param {Photo} photo
 * @param {Pointed} event
 */
export function nearPhoto(stage, photo, event) {
  const { x, y } = toPhoto(stage, photo, event);
  return { x: Math.min(Math.max(x, 0), photo.width), y: Math.min(Math.max(y, 0), photo.height) };
}

/**
 * @param {Element} stage
 * @param {Photo} photo
 * @param {Pointed} event
 */
function toPhoto(stage, photo, event) {
  const area = element(stage, "[data-photo]").getBoundingClientRect();
  const isStretched = stage.classList.contains("stage--stretched");
  const across = isStretched ? area.width / photo.width : Math.min(area.width / photo.width, area.height / photo.height);
  const down = isStretched ? area.height / photo.height : across;
  return {
    x: (event.clientX - area.left - (area.width - photo.width * across) / 2) / across,
    y: (event.clientY - area.top - (area.height - photo.height * down) / 2) / down,
  };
}

/**
 * A finger leaves its cell marked, to be read; it is let go where something else is touched.
 *
 * @param {string} stages selector of what is pointed at
 * @param {() => void} forget
 */
export function whenElsewhere(stages, forget) {
  document.addEventListener("pointerdown", (event) => {
    if (!closest(event, stages)) forget();
  });
}

/**
 * A group of marks of one name in photo pixels, above the map; made when first asked for.
 *
 * @param {Element} stage
 * @param {string} name
 * @returns {SVGElement}
 */
export function layer(stage, name) {
  const marks = element(stage, "[data-marks]", SVGElement);
  return marks.querySelector(`[data-layer="${name}"]`) ?? marks.appendChild(drawn("g", { "data-layer": name }));
}

/**
 * An SVG element with attributes.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string|number|boolean>} attributes
 * @param {Element[]} parts
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function drawn(tag, attributes = {}, ...parts) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...parts);
  return made;
}
