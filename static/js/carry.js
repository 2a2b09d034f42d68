/* A link to another page about the same map takes along how it is looked at; what it asks besides is in data-more. */

import { query, ready, watch } from "./scene.js";

export default async function start(link) {
  const [page] = link.href.split("?");
  const more = link.dataset.more ? `&${link.dataset.more}` : "";
  await ready;
  watch(() => {
    link.href = `${page}?${query()}${more}`;
  });
}
