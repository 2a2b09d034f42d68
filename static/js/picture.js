/* Download the photo with the map as it is shown now. */

import { drawMap } from "./colormap.js";
import { ready } from "./scene.js";
import { shown } from "./shown.js";

const TYPE = "image/png";

async function compose(scene, photoElement) {
  const { explanation, view, tables } = scene;
  const { grid, image: photo } = explanation;
  const size = { width: photo.stored_width, height: photo.stored_height };
  const layer = Object.assign(document.createElement("canvas"), size);
  const picture = Object.assign(document.createElement("canvas"), size);
  drawMap(layer, { values: shown(scene).values, grid, photo }, view, tables[view.mode][view.colormap]);
  const pen = picture.getContext("2d");
  pen.filter = view.grey ? "grayscale(1)" : "none";
  pen.drawImage(photoElement, 0, 0, size.width, size.height);
  pen.filter = "none";
  pen.drawImage(layer, 0, 0);
  return new Promise((resolve) => {
    picture.toBlob(resolve, TYPE);
  });
}

export default async function start(link) {
  const scene = await ready;
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const photoElement = document.querySelector("[data-photo]");
    await photoElement.decode();
    const address = URL.createObjectURL(await compose(scene, photoElement));
    const save = document.createElement("a");
    Object.assign(save, { href: address, download: link.download });
    save.click();
    URL.revokeObjectURL(address);
  });
}
