/* A link to another page about the same map takes along how it is looked at; what it asks besides is in data-besides. */

import { query, ready, watch } from "./scene.js";

export default async function start(link) {
  const [page] = link.href.split("?");
  const besides = link.dataset.besides ? `&${link.dataset.besides}` : "";
  await ready;
  watch(() => {
    link.href = `${page}?${query()}${besides}`;
  });
}
