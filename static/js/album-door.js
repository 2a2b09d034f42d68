/* Go on to the page of many photos with the photos in hand: an address cannot take files along. */

import { getPage } from "./api.js";

/**
 * Become that page, and let it take the photos.
 *
 * @param {string} url of the page
 * @param {import("./dropped.js").Found[]} found
 * @param {{network: string, leave: () => void}} here the chosen network, "" for the first; what ends this page
 */
export async function enterAlbum(url, found, { network, leave }) {
  const { take } = await import("./many.js"); // with all that it needs, while this page can still say what is wrong
  const fresh = await getPage(url);
  const styles = [...fresh.querySelectorAll("link[rel=stylesheet]")].map((link) => link.getAttribute("href"));
  const known = [...document.querySelectorAll("link[rel=stylesheet]")].map((link) => link.getAttribute("href"));
  await Promise.all(styles.filter((href) => !known.includes(href)).map(styled));
  leave();
  history.pushState(null, "", url);
  document.title = fresh.title;
  document.body.replaceChildren(...fresh.body.childNodes);
  scrollTo(0, 0);
  await import(fresh.querySelector("script[type=module]").getAttribute("src"));
  const choice = document.querySelector("[data-network]");
  if (choice && network) choice.value = network;
  document.querySelector("main").focus();
  take(found);
}

/** Until a style sheet is there, or is known not to come. */
function styled(href) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = resolve;
    document.head.append(link);
  });
}
