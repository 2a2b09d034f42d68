/* A convolution beside a dense layer, for the sizes that are typed here and at the small network. */

import { connections } from "./counts.js";
import { element, parts } from "./element.js";
import { follow, grouped } from "./sizes.js";

/** @param {HTMLElement} root */
export default function learnsharing(root) {
  const find = parts(root);
  const form = find("form", HTMLFormElement);
  document.addEventListener("learn-sizes", (event) => {
    const sizes = /** @type {CustomEvent<Record<string, number>>} */ (event).detail;
    for (const name of ["side", "channels", "kernel"]) element(form, `[name=${name}]`, HTMLInputElement).value = `${sizes[name]}`;
    form.dispatchEvent(new Event("input"));
  });
  follow(form, ({ side, channels, kernel, filters }) => {
    const sizes = { side: Number(side), channels: Number(channels), kernel: Number(kernel), filters };
    const found = connections(sizes);
    find("connected").hidden = found === null;
    if (!found) return;
    find("ends").textContent = `${grouped(found.inputs)} → ${grouped(found.outputs)}`;
    find("seen").textContent = `${grouped(found.seen)} × ${grouped(found.outputs)}`;
    find("account").textContent = `(${grouped(found.seen)} + 1) × ${grouped(filters)}`;
    find("dense").textContent = grouped(found.dense);
    find("sparse").textContent = grouped(found.sparse);
    find("shared").textContent = grouped(found.shared);
  });
}
