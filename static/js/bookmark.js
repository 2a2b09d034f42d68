/* The page's address says what is in view: a link, a bookmark and a reload show it again. */

import { follow, fragment } from "./permalink.js";
import { ready, watch } from "./scene.js";

const SETTLED_MS = 400; // browsers limit how often an address is written

export default async function start() {
  await ready;
  let writing = 0;
  const write = () => {
    const words = fragment();
    if (words !== window.location.hash.slice(1)) {
      window.history.replaceState(null, "", words ? `#${words}` : window.location.pathname + window.location.search);
    }
  };
  let isFirst = true;
  watch(() => {
    clearTimeout(writing);
    if (!isFirst) writing = setTimeout(write, SETTLED_MS);
    isFirst = false;
  });
  window.addEventListener("hashchange", () => follow(window.location.hash));
  window.addEventListener("pagehide", write);
}
