/* The photo, dragged: it follows the hand at once, and the network looks where it is let go. */

import { getJson, reasonOf } from "./api.js";
import { tablesFrom } from "./colormap.js";
import { elements, given, parts } from "./element.js";
import { tellLimit } from "./learnscale.js";
import { canvasFor, drawOver, drawPhoto } from "./movedphoto.js";
import { fixed } from "./numbers.js";
import { follow } from "./sizes.js";
import { text } from "./text.js";

const CALM_MS = 250; // between the last change and the network's look
const STRIDE_DECIMALS = 100;

/** @typedef {{logit: number, probability: number, map: number[][]|null}} Side */
/** @typedef {{name: string, stride: number, cells_right: number, cells_down: number, along: number, stayed: number}} Layer */
/** @typedef {import("./movedphoto.js").Seen & import("./movedphoto.js").Shift & {strongest: number|null, before: Side, after: Side, layers: Layer[], sentences: string[]}} Moved */

/** @param {number} part */
const short = (part) => fixed(part, Number.isInteger(part) ? 0 : 2);

/** @param {Layer} layer */
function line({ name, stride, cells_right: right, cells_down: down, along, stayed }) {
  const row = document.createElement("tr");
  const title = Object.assign(document.createElement("th"), { scope: "row", textContent: name });
  const isBetween = !Number.isInteger(right) || !Number.isInteger(down);
  const written = [["b", fixed(along, 3)], ["span", fixed(stayed, 3)], [isBetween ? "mark" : "span", `${short(right)} / ${short(down)}`], ["span", `${Math.round(STRIDE_DECIMALS * stride) / STRIDE_DECIMALS}`]];
  row.append(title, ...written.map(([kind, number]) => {
    const cell = document.createElement("td");
    cell.append(Object.assign(document.createElement(kind), { textContent: number }));
    return cell;
  }));
  return row;
}

/** @param {HTMLElement} root */
export default async function learnmove(root) {
  const find = parts(root);
  const form = find("form", HTMLFormElement);
  /** @type {Moved} */
  let moved = JSON.parse(given(root, "facts"));
  const [table] = Object.values(tablesFrom(await getJson(given(root, "colormapsUrl"))).signed);
  const image = new Image();
  image.src = given(root, "photo");
  await image.decode();
  const photo = { width: Number(given(root, "width")), height: Number(given(root, "height")) };
  const [before, canvas] = [canvasFor(moved, text("learn-still-label")), canvasFor(moved, text("learn-moved-label"))];
  canvas.classList.add("pieces--moved");
  /** @type {AbortController|null} */
  let asking = null;
  let timer = 0;

  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
  const shift = () => ({ right: field("right").valueAsNumber, down: field("down").valueAsNumber, edge: field("edge").value });

  /** @param {boolean} isKnown whether the network has looked */
  const wait = (isKnown) => {
    find("result").ariaBusy = `${!isKnown}`;
  };

  const show = () => {
    drawPhoto(before, image, moved, { right: 0, down: 0, edge: moved.edge });
    drawPhoto(canvas, image, moved, moved);
    if (moved.before.map && moved.after.map && moved.strongest !== null) {
      drawOver(before, moved.before.map, { ...moved, photo }, table, moved.strongest);
      drawOver(canvas, moved.after.map, { ...moved, photo }, table, moved.strongest);
      tellLimit(root, moved.strongest);
    }
    find("told").textContent = moved.sentences.join(" ");
    find("layers").replaceChildren(...moved.layers.map(line));
    wait(true);
    canvas.dataset.drawn = `${moved.right} ${moved.down} ${moved.edge}`;
  };

  const look = async () => {
    const mine = new AbortController();
    asking = mine;
    const { right, down, edge } = shift();
    try {
      const asked = new URLSearchParams({ right: `${right}`, down: `${down}`, edge });
      moved = await getJson(`${given(root, "url")}&${asked}`, mine.signal);
      if (!mine.signal.aborted) show();
    } catch (error) {
      if (!mine.signal.aborted) find("told").textContent = reasonOf(error);
    }
  };

  const changed = () => form.dispatchEvent(new Event("input"));
  let isBegun = false;
  follow(form, () => {
    if (!isBegun) return;
    clearTimeout(timer);
    asking?.abort();
    wait(false);
    drawPhoto(canvas, image, moved, shift());
    timer = setTimeout(look, CALM_MS);
  });
  isBegun = true;

  /** @type {{x: number, y: number, right: number, down: number}|null} */
  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    held = { x: event.clientX, y: event.clientY, ...shift() };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    const scale = moved.width / canvas.getBoundingClientRect().width;
    field("right").value = `${held.right + Math.round((event.clientX - held.x) * scale)}`;
    field("down").value = `${held.down + Math.round((event.clientY - held.y) * scale)}`;
    changed();
  });
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => { held = null; });
  for (const link of elements(root, "[data-by]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      field("right").value = given(link, "by");
      field("down").value = "0";
      changed();
    });
  }
  find("before").replaceChildren(before);
  find("moved").replaceChildren(canvas);
  show();
}
