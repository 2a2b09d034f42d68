/* The photo's stage: where on the photo a pointer is, and layers of marks over the map. */

const SVG = "http://www.w3.org/2000/svg";

/** Where on the photo the pointer is, {x, y}, or null beside it: the photo may be letterboxed. */
export function onPhoto(stage, photo, event) {
  const { x, y } = toPhoto(stage, photo, event);
  return x >= 0 && y >= 0 && x < photo.width && y < photo.height ? { x, y } : null;
}

/** The same, cut to the photo: for what is dragged beyond its edge. */
export function nearPhoto(stage, photo, event) {
  const { x, y } = toPhoto(stage, photo, event);
  return { x: Math.min(Math.max(x, 0), photo.width), y: Math.min(Math.max(y, 0), photo.height) };
}

function toPhoto(stage, photo, event) {
  const area = stage.querySelector("[data-photo]").getBoundingClientRect();
  const isStretched = stage.classList.contains("stage--stretched");
  const across = isStretched ? area.width / photo.width : Math.min(area.width / photo.width, area.height / photo.height);
  const down = isStretched ? area.height / photo.height : across;
  return {
    x: (event.clientX - area.left - (area.width - photo.width * across) / 2) / across,
    y: (event.clientY - area.top - (area.height - photo.height * down) / 2) / down,
  };
}

/** A group of marks of one name in photo pixels, above the map; made when first asked for. */
export function layer(stage, name) {
  const marks = stage.querySelector("[data-marks]");
  return marks.querySelector(`[data-layer="${name}"]`) ?? marks.appendChild(drawn("g", { "data-layer": name }));
}

/** An SVG element with attributes. */
export function drawn(tag, attributes = {}, ...parts) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  element.append(...parts);
  return element;
}
