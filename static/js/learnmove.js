/* The photo, dragged: it follows the hand at once, and the network looks where it is let go. */

import { getJson, reasonOf } from "./api.js";
import { limitOf, tablesFrom } from "./colormap.js";
import { elements, given, parts, penOf } from "./element.js";
import { fixed } from "./numbers.js";
import { drawnMap } from "./pieces.js";
import { follow } from "./sizes.js";
import { text } from "./text.js";

const CALM_MS = 250; // between the last change and the network's look
const STRIDE_DECIMALS = 100;

/** @typedef {{logit: number, probability: number, map: number[][]|null}} Side */
/** @typedef {{name: string, stride: number, cells_right: number, cells_down: number, along: number, stayed: number}} Layer */
/** @typedef {{right: number, down: number, edge: string, width: number, height: number, fill: number[], before: Side, after: Side, layers: Layer[], sentences: string[]}} Moved */

/** @param {number} part */
const short = (part) => fixed(part, Number.isInteger(part) ? 0 : 2);

/** @param {Layer} layer */
function line({ name, stride, cells_right: right, cells_down: down, along, stayed }) {
  const row = document.createElement("tr");
  const title = Object.assign(document.createElement("th"), { scope: "row", textContent: name });
  const numbers = [`${Math.round(STRIDE_DECIMALS * stride) / STRIDE_DECIMALS}`, `${short(right)} / ${short(down)}`, fixed(along, 3), fixed(stayed, 3)];
  row.append(title, ...numbers.map((number, at) => {
    const cell = document.createElement("td");
    if (at === 2) cell.append(Object.assign(document.createElement("b"), { textContent: number }));
    else cell.textContent = number;
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
  const tables = tablesFrom(await getJson(given(root, "colormapsUrl")));
  const image = new Image();
  image.src = given(root, "photo");
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { className: "pieces pieces--moved", width: moved.width * 2, height: moved.height * 2 });
  canvas.setAttribute("role", "img");
  canvas.ariaLabel = text("learn-moved-label");
  let turn = 0;
  let timer = 0;

  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

  /** @param {boolean} isKnown whether the network has looked */
  const draw = (isKnown) => {
    const pen = penOf(canvas);
    const { width, height } = canvas;
    const [x, y] = [2 * field("right").valueAsNumber, 2 * field("down").valueAsNumber];
    pen.filter = "grayscale(1)";
    pen.fillStyle = `rgb(${moved.fill.join(" ")})`;
    pen.fillRect(0, 0, width, height);
    const around = field("edge").value === "around" ? [-1, 0, 1] : [0];
    for (const i of around) {
      for (const j of around) pen.drawImage(image, x + i * width, y + j * height, width, height);
    }
    pen.filter = "none";
    if (!isKnown || !moved.after.map || !moved.before.map) return;
    const limit = limitOf([...moved.before.map, ...moved.after.map].flat(), "signed");
    const cells = { values: moved.after.map.flat(), rows: moved.after.map.length, columns: moved.after.map[0].length };
    pen.drawImage(drawnMap(cells, Object.values(tables.signed)[0], limit), 0, 0, width, height);
  };

  const show = () => {
    draw(true);
    find("told").textContent = moved.sentences.join(" ");
    find("layers").replaceChildren(...moved.layers.map(line));
    canvas.dataset.drawn = `${moved.right} ${moved.down} ${moved.edge}`;
  };

  const look = async () => {
    turn += 1;
    const mine = turn;
    const asked = new URLSearchParams(["right", "down", "edge"].map((name) => [name, field(name).value]));
    try {
      const answer = await getJson(`${given(root, "url")}&${asked}`);
      if (mine !== turn) return;
      moved = answer;
      show();
    } catch (error) {
      if (mine === turn) find("told").textContent = reasonOf(error);
    }
  };

  const changed = () => form.dispatchEvent(new Event("input"));
  let isBegun = false;
  follow(form, () => {
    clearTimeout(timer);
    draw(false);
    if (isBegun) timer = setTimeout(look, CALM_MS);
    isBegun = true;
  });

  /** @type {{x: number, y: number, right: number, down: number}|null} */
  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    held = { x: event.clientX, y: event.clientY, right: field("right").valueAsNumber, down: field("down").valueAsNumber };
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
  find("moved").replaceChildren(canvas);
  show();
}
