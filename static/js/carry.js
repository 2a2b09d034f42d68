/* A link to another page about the same map takes along how it is looked at. */

import { query, ready, watch } from "./scene.js";

export default async function start(link) {
  const [page] = link.href.split("?");
  await ready;
  watch(() => {
    link.href = `${page}?${query()}`;
  });
}
