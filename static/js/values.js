/* The values of all maps at the place pointed at, by pointer or by arrow keys. */

import { isStep, markCell, stepped, valueAt } from "./cells.js";
import { change, facing, watch } from "./facing.js";
import { signed } from "./numbers.js";
import { onPhoto } from "./stage.js";
import { text } from "./text.js";

const DASH = "–";

/** @param {[HTMLElement, object][]} panels each with its map */
export function readValues(root, panels) {
  const output = root.querySelector("[data-values]");
  const hint = output.querySelector("[data-scripted]");
  hint.hidden = false;
  for (const [panel, map] of panels) {
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
  watch(({ maps, place }) => {
    for (const [panel, map] of panels) markCell(panel, map, facing.photo, place);
    if (place === null) return output.replaceChildren(hint);
    const [before, after, difference] = ["before", "after", "difference"].map((name) =>
      maps[name] ? signed(valueAt(maps[name], place)) : DASH,
    );
    return output.replaceChildren(text("compared-cell", { before, after, change: difference }));
  });
}
