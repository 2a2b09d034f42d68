/* Scrolled past, the map stays in view and gets smaller, down to a part of the window's height (--kept, in percent).
   Its place keeps its height, so nothing else moves. */

import { element } from "./element.js";

/** @param {HTMLElement} root */
export default function start(root) {
  const stage = element(root, "[data-stage]");
  const above = element(root, ".viewer__head");
  let whole = 0; // its height where it is not scrolled past, in pixels
  const draw = () => {
    const { position, top } = getComputedStyle(stage);
    const least = (Number(getComputedStyle(stage).getPropertyValue("--kept")) / 100) * window.innerHeight;
    const past = parseFloat(top) - above.getBoundingClientRect().bottom;
    const height = Math.max(Math.min(least, whole), whole - Math.max(past, 0));
    const isSmaller = position === "sticky" && height < whole;
    stage.classList.toggle("stage--docked", isSmaller);
    if (!isSmaller) return;
    stage.style.setProperty("--docked", `${height}px`);
    stage.style.setProperty("--freed", `${whole - height}px`);
  };
  const measure = () => {
    stage.classList.remove("stage--docked");
    whole = stage.getBoundingClientRect().height;
    draw();
  };
  document.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(measure).observe(above); // as wide as the map
  window.addEventListener("resize", measure);
}
