/* The map's marks on a picture that is downloaded. */

/** @typedef {import("./coverage.js").Photo} Size */

const LIGHT = "#ffffff";
const DARK = "#171615";

/**
 * The same marks as on the page, in lines that suit the picture's size.
 * @type {(pen: CanvasRenderingContext2D, marks: ReturnType<typeof import("./marks.js").marksOf>, photo: Size, size: Size) => void}
 */
export function drawMarks(pen, { peak, box, minus }, photo, size) {
  const [across, down] = [size.width / photo.width, size.height / photo.height];
  const unit = Math.max(1, Math.max(size.width, size.height) / 800);
  /** @type {(area: import("./geometry.js").Area, colour: string, width: number, dashes: number[]) => void} */
  const stroke = (area, colour, width, dashes) => {
    pen.strokeStyle = colour;
    pen.lineWidth = width * unit;
    pen.setLineDash(dashes.map((length) => length * unit));
    pen.strokeRect(area.x * across, area.y * down, area.width * across, area.height * down);
  };
  /** @type {(place: {x: number, y: number}, colour: string, radius: number) => void} */
  const dot = (place, colour, radius) => {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(place.x * across, place.y * down, radius * unit, 0, 2 * Math.PI);
    pen.fill();
  };
  /** @type {(colour: string, width: number) => void} */
  const signs = (colour, width) => {
    const path = new Path2D();
    path.addPath(new Path2D(minus), new DOMMatrix([across, 0, 0, down, 0, 0]));
    Object.assign(pen, { strokeStyle: colour, lineWidth: width * unit, lineCap: "round" });
    pen.stroke(path);
    pen.lineCap = "butt";
  };
  signs(LIGHT, 4.5);
  signs(DARK, 1.75);
  if (box) stroke(box, LIGHT, 3, []);
  if (box) stroke(box, DARK, 1.5, [5, 4]);
  if (peak) dot(peak, LIGHT, 8);
  if (peak) dot(peak, DARK, 4.5);
}
