/* Go on to the page of many photos with the photos in hand: an address cannot take files along. */

import { getPage } from "./api.js";
import { element, elements } from "./element.js";

const hrefsOf = (/** @type {Document} */ page) =>
  elements(page, "link[rel=stylesheet]", HTMLLinkElement).map((link) => link.getAttribute("href") ?? "");

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
  const known = hrefsOf(document);
  await Promise.all(hrefsOf(fresh).filter((href) => !known.includes(href)).map(styled));
  leave();
  history.pushState(null, "", url);
  document.title = fresh.title;
  document.body.replaceChildren(...fresh.body.childNodes);
  scrollTo(0, 0);
  await import(element(fresh, "script[type=module]").getAttribute("src") ?? "");
  const choice = /** @type {HTMLSelectElement|null} */ (document.querySelector("[data-network]"));
  if (choice && network) choice.value = network;
  element(document, "main").focus();
  take(found);
}

/** Until a style sheet is there, or is known not to come. @param {string} href */
function styled(href) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = resolve;
    document.head.append(link);
  });
}
