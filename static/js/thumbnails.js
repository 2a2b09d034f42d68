/* Small copies of pictures, drawn here: nothing is asked of the server for them. */

import { penOf } from "./element.js";
import { Lane } from "./patience.js";

const SIDE = 88;
const lane = new Lane(1); // decoding large photos takes memory

/** Put a square piece of the picture's middle on the canvas. @param {HTMLCanvasElement} canvas @param {File} file */
async function draw(canvas, file) {
  let picture = null;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const side = Math.min(picture.width, picture.height);
    const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
    const context = penOf(canvas);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  } catch {
    canvas.parentElement?.remove(); // no picture that this browser reads: the server says what it thinks of it
  } finally {
    picture?.close();
  }
}

/** An item for a list of thumbnails; it is filled in when its turn comes. @param {File} file */
export function thumbnail(file) {
  const item = document.createElement("li");
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  item.append(canvas);
  lane.add(() => draw(canvas, file));
  return item;
}
