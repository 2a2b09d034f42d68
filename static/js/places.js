/* Parts of the photo in words. */

import { text } from "./text.js";

/** @param {number} zone one of the nine of zones.js */
export function placeName(zone) {
  return text(
    ["zone-upper-left", "zone-upper-centre", "zone-upper-right", "zone-middle-left", "zone-middle-centre",
      "zone-middle-right", "zone-lower-left", "zone-lower-centre", "zone-lower-right"][zone],
  );
}
