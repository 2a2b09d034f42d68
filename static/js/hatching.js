/* Regions drawn over the photo: each class with a hatching, a dash and a colour of its own. */

import { drawn } from "./stage.js";

/** @typedef {{rings: import("./contours.js").Ring[]}} Region */

/** @param {Region[]} regions */
function pathOf(regions) {
  const rings = regions.flatMap((region) => region.rings);
  return rings.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}Z`).join("");
}

/**
 * @param {SVGElement} layer whose unit is the photo's pixel
 * @param {{place: number, regions: Region[]}[]} classes place from 1 on
 */
export function drawHatched(layer, classes) {
  const opacity = classes.length > 2 ? 0.5 : 0.85; // many lie over each other, and over the map
  const parts = classes.flatMap(({ place, regions }) => {
    const d = pathOf(regions);
    return [
      drawn("path", { d, class: "region", fill: `url(#hatch-${place})`, "fill-opacity": opacity }),
      drawn("path", { d, class: "region region--casing" }),
      drawn("path", { d, class: `region region--line region--${place}` }),
    ];
  });
  layer.replaceChildren(...parts);
}

/**
 * Keep hatchings as wide on the screen whatever the photo's size.
 *
 * @param {Element} stage
 * @param {Iterable<SVGElement>} patterns
 * @param {import("./coverage.js").Photo} photo
 */
export function keepWidth(stage, patterns, photo) {
  const fit = () => {
    const { width, height } = stage.getBoundingClientRect();
    const unit = Math.max(photo.width / Math.max(width, 1), photo.height / Math.max(height, 1));
    for (const pattern of patterns) {
      pattern.setAttribute("patternTransform", `scale(${unit}) rotate(${pattern.dataset.angle})`);
    }
  };
  new ResizeObserver(fit).observe(stage);
  fit();
}

/** A small piece of a class's hatching and line, for legends. @param {number} place of the class, from 1 on */
export function swatchOf(place) {
  const d = "M2 2H30V18H2Z";
  return drawn(
    "svg",
    { class: "swatch", viewBox: "0 0 32 20", "aria-hidden": "true" },
    drawn("path", { d, class: "swatch__ground" }),
    drawn("path", { d, fill: `url(#swatch-${place})` }),
    drawn("path", { d, class: `region region--line region--${place}` }),
  );
}
