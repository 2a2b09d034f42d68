/* The values of all maps at the place pointed at, by pointer or by arrow keys. */

import { isStep, markCell, stepped, valueAt } from "./cells.js";
import { element } from "./element.js";
import { change, facing, watch } from "./facing.js";
import { signed } from "./numbers.js";
import { onPhoto, whenElsewhere } from "./stage.js";
import { text } from "./text.js";

const DASH = "–";

/** @type {import("./facing.js").Name[]} */
const NAMES = ["before", "after", "difference"];

/** @param {HTMLElement} root @param {import("./compare.js").Panel[]} panels */
export function readValues(root, panels) {
  const output = element(root, "[data-values]");
  const hint = element(output, "[data-scripted]");
  hint.hidden = false;
  for (const [panel, map] of panels) {
    /** @param {PointerEvent} event */
    const follow = (event) => change({ place: onPhoto(panel, facing.photo, event) });
    panel.addEventListener("pointerdown", follow);
    panel.addEventListener("pointermove", follow);
    panel.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && change({ place: null }));
    panel.addEventListener("blur", () => change({ place: null }));
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") change({ place: null });
      if (!isStep(event) || event.shiftKey) return;
      event.preventDefault();
      change({ place: stepped(map, facing.photo, facing.place, event.key) });
    });
  }
  whenElsewhere("[data-panel]", () => change({ place: null }));
  watch(({ maps, place }) => {
    for (const [panel, map] of panels) markCell(panel, map, facing.photo, place);
    if (place === null) return output.replaceChildren(hint);
    const [before, after, difference] = NAMES.map((name) => {
      const map = maps[name];
      return map ? signed(valueAt(map, place)) : DASH;
    });
    return output.replaceChildren(text("compared-cell", { before, after, change: difference }));
  });
}
