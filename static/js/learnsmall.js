/* The small network: what each layer gives and costs, for the sizes that are typed. */

import { counted } from "./counts.js";
import { elements, parts } from "./element.js";
import { follow, grouped } from "./sizes.js";
import { text } from "./text.js";

/** @param {HTMLElement} root */
export default function learnsmall(root) {
  const find = parts(root);
  const titles = () => ({
    input: text("learn-step-input"), convolution: text("learn-step-convolution"), pooling: text("learn-step-pooling"),
    dense: text("learn-step-dense"), softmax: text("learn-step-softmax"),
  });
  follow(find("form", HTMLFormElement), (network) => {
    const counts = counted(network);
    find("misfit").hidden = counts !== null;
    find("counted").hidden = counts === null;
    if (!counts) return;
    for (const [at, row] of elements(root, "tbody tr", HTMLTableRowElement).entries()) {
      const { step, shape, size, parameters, account } = counts[at];
      const words = [titles()[step], grouped(parameters), account, shape.map(grouped).join(" × "), grouped(size)];
      for (const [place, cell] of [...row.cells].entries()) cell.textContent = words[place];
    }
    find("total").textContent = grouped(counts.reduce((sum, { parameters }) => sum + parameters, 0));
    root.dispatchEvent(new CustomEvent("learn-sizes", { bubbles: true, detail: network }));
  });
}
