/* Draw a box on a picture with the mouse, a pen or a finger: it is what the form beside it marks. */

import { element, given } from "./element.js";

const LEAST_PX = 4;

/** @param {HTMLElement} root */
export default function start(root) {
  const form = root.querySelector("[data-marks-form]");
  if (!(form instanceof HTMLFormElement)) return;
  const frame = element(root, "[data-frame]");
  const drawn = element(frame, "[data-drawn]", SVGRectElement);
  const size = { x: Number(given(frame, "width")), y: Number(given(frame, "height")) };
  frame.dataset.drawing = "";
  /** @type {{x: number, y: number}|null} */
  let begun = null;

  /** Where a pointer is, from 0 to 1 across and down. @param {PointerEvent} event */
  const place = ({ clientX, clientY }) => {
    const { left, top, width, height } = frame.getBoundingClientRect();
    const within = (/** @type {number} */ share) => Math.min(Math.max(share, 0), 1);
    return { x: within((clientX - left) / width), y: within((clientY - top) / height) };
  };

  /** @param {{x: number, y: number}} from @param {{x: number, y: number}} to */
  const show = (from, to) => {
    const left = Math.min(from.x, to.x);
    const top = Math.min(from.y, to.y);
    const shape = { x: left, y: top, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
    for (const [name, share] of Object.entries(shape)) drawn.setAttribute(name, `${100 * share}%`);
    return { left, top, right: left + shape.width, bottom: top + shape.height };
  };

  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    begun = place(event);
    frame.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  frame.addEventListener("pointermove", (event) => {
    if (begun) show(begun, place(event));
  });
  frame.addEventListener("pointercancel", () => {
    begun = null;
    drawn.setAttribute("width", "0");
  });
  frame.addEventListener("pointerup", (event) => {
    if (!begun) return;
    const edges = show(begun, place(event));
    begun = null;
    const { width, height } = frame.getBoundingClientRect();
    if ((edges.right - edges.left) * width < LEAST_PX || (edges.bottom - edges.top) * height < LEAST_PX) {
      drawn.setAttribute("width", "0");
      return;
    }
    const pixels = { left: edges.left * size.x, right: edges.right * size.x, top: edges.top * size.y, bottom: edges.bottom * size.y };
    for (const [name, value] of Object.entries(pixels)) element(form, `[name="${name}"]`, HTMLInputElement).value = value.toFixed(0);
    form.requestSubmit();
  });
}
