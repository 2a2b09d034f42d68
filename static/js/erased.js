/* The cells that "Is it true?" is about, outlined before the network is asked. */

import { strongestCells } from "./coverage.js";
import { outline } from "./outline.js";
import { scene } from "./scene.js";
import { shown } from "./shown.js";

/**
 * The strongest cells of the map in view; null where it is fused, which the network is not asked about, or nothing adds.
 *
 * @param {number} fraction of the positive ones
 * @returns {import("./areas.js").Area | null}
 */
function strongest(fraction) {
  const { grid } = scene;
  if (scene.view.scale === "fused") return null;
  const found = strongestCells(shown(scene).values, fraction);
  return found && { kind: "cells", grid, cells: Array.from(found.parts).flatMap((part, at) => (part ? [at] : [])) };
}

/** Whether some part of the photo adds to what is in view; on other cells than the explanation nobody knows. */
export function hasEvidence() {
  return scene.grid !== scene.explanation.grid || shown(scene).values.some((value) => value > 0);
}

/**
 * @param {HTMLElement} stage
 * @param {string | null} where a fraction of the positive cells, or the drawn region; null for no outline
 */
export function outlineErased(stage, where) {
  const area = where === "region" ? scene.view.region : where && strongest(Number(where));
  outline(stage, "erased", area || null);
}
