/* Open the explanation that is in the page, and load the maps of all classes once; after that, no server is needed. */

import { alarm } from "./alert.js";
import { getArray, getJson, reasonOf } from "./api.js";
import { tablesFrom } from "./colormap.js";
import { given } from "./element.js";
import { asked } from "./permalink.js";
import { add, open, scene } from "./scene.js";
import { text } from "./text.js";

/** @param {import("./contract.js").MappedPrediction[]} predictions */
function classesFrom(predictions) {
  return predictions.map(({ index, label, probability, logit, bias, cam }) => {
    return { index, label, probability, logit, bias, values: Float32Array.from(cam.flat()) };
  });
}

/** @param {HTMLElement} root */
async function loadAll(root) {
  const [camsUrl, scoresUrl, labelsUrl] = ["camsUrl", "scoresUrl", "labelsUrl"].map((name) => given(root, name));
  /** @type {[import("./npy.js").Npy, import("./contract.js").Scores, {items: string[]}]} */
  const [cams, scores, labels] = await Promise.all([getArray(camsUrl), getJson(scoresUrl), getJson(labelsUrl)]);
  const cells = cams.shape[1] * cams.shape[2];
  add(
    labels.items.map((label, index) => {
      const values = cams.values.subarray(index * cells, (index + 1) * cells);
      const { logits, probabilities, bias } = scores;
      return { index, label, probability: probabilities[index], logit: logits[index], bias: bias[index], values };
    }),
  );
}

/** Once the page has drawn what it has, or where nobody sees it. @returns {Promise<unknown>} */
const drawn = () => new Promise((resolve) => (document.hidden ? resolve(null) : requestAnimationFrame(() => setTimeout(resolve))));

/** @param {HTMLElement} root */
export default async function start(root) {
  const { explanation, colormaps } = JSON.parse(given(root, "known"));
  const tables = tablesFrom(colormaps);
  const view = asked(JSON.parse(given(root, "view")), window.location.hash, { explanation, tables });
  const classes = classesFrom(explanation.predictions);
  const isKnown = [view.class, view.versus ?? view.class].every((wanted) => classes.some(({ index }) => index === wanted));
  scene.all = isKnown ? drawn().then(() => loadAll(root)) : loadAll(root);
  scene.all.catch(() => {});
  try {
    add(classes);
    if (!isKnown) await scene.all;
    open({ explanation, tables, classes, view, plain: JSON.parse(given(root, "plain")) });
  } catch (error) {
    alarm(text("loading-failed", { reason: reasonOf(error) }));
  }
}
