/* The maps of what was explained before the page was loaded anew: they are asked for again. */

import { album, change } from "./album.js";
import { Refusal, getJson, reasonOf } from "./api.js";
import { Lane, patiently } from "./patience.js";
import { mapOf } from "./shot.js";

const AT_ONCE = 2;
const GONE = 404;

/** @typedef {{arrived: (id: string) => void, failed: (reason: string) => void}} Listener */

/**
 * Ask for all of them; what is gone leaves the page.
 *
 * @param {string} url of the explanations
 * @param {Listener} listener
 */
export function recall(url, { arrived, failed }) {
  const lane = new Lane(AT_ONCE);
  for (const { id } of album.shots) {
    lane.add(async () => {
      try {
        await ask(url, id, arrived);
      } catch (error) {
        lane.waiting = []; // it would not go better with the others
        failed(reasonOf(error));
      }
    });
  }
}

/** @type {(url: string, id: string, arrived: Listener["arrived"]) => Promise<void>} */
async function ask(url, id, arrived) {
  try {
    album.maps.set(id, mapOf(await patiently(() => getJson(`${url}/${id}`))));
    arrived(id);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== GONE) throw error;
    change({ shots: album.shots.filter((one) => one.id !== id) });
  }
}
