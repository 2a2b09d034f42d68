/* Regions drawn over the photo: each class with a hatching, a dash and a colour of its own. */

const SVG = "http://www.w3.org/2000/svg";
export const MOST_CLASSES = 6; // as many hatchings as there are

function pathOf(regions) {
  const rings = regions.flatMap((region) => region.rings);
  return rings.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}Z`).join("");
}

function line(d, name) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  path.setAttribute("class", name);
  return path;
}

/**
 * @param {SVGElement} layer whose unit is the photo's pixel
 * @param {{place: number, regions: {rings: [number, number][][]}[]}[]} classes place from 1 on
 */
export function drawHatched(layer, classes) {
  layer.replaceChildren(
    ...classes.flatMap(({ place, regions }) => {
      const d = pathOf(regions);
      const fill = line(d, "region region--fill");
      fill.setAttribute("fill", `url(#hatch-${place})`);
      return [fill, line(d, "region region--casing"), line(d, `region region--line region--${place}`)];
    }),
  );
}

/** Keep hatchings as wide on the screen whatever the photo's size. */
export function keepWidth(layer, patterns, photo) {
  const fit = () => {
    const { width, height } = layer.getBoundingClientRect();
    const unit = Math.max(photo.width / Math.max(width, 1), photo.height / Math.max(height, 1));
    for (const pattern of patterns) {
      pattern.setAttribute("patternTransform", `scale(${unit}) rotate(${pattern.dataset.angle})`);
    }
  };
  new ResizeObserver(fit).observe(layer);
  fit();
}

/** A small piece of a class's hatching and line, for legends. */
export function swatchOf(place) {
  const swatch = document.createElementNS(SVG, "svg");
  swatch.setAttribute("class", "swatch");
  swatch.setAttribute("viewBox", "0 0 32 20");
  swatch.setAttribute("aria-hidden", "true");
  const d = "M2 2H30V18H2Z";
  const fill = line(d, "region region--fill");
  fill.setAttribute("fill", `url(#swatch-${place})`);
  swatch.append(line(d, "swatch__ground"), fill, line(d, `region region--line region--${place}`));
  return swatch;
}
