/* Load an explanation with its maps once; everything after that happens without the server. */

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

/** @param {HTMLElement} root */
export default async function start(root) {
  try {
    const [explanationUrl, colormapsUrl] = [given(root, "explanationUrl"), given(root, "colormapsUrl")];
    const [explanation, raw] = await Promise.all([getJson(explanationUrl), getJson(colormapsUrl)]);
    const tables = tablesFrom(raw);
    const view = asked(JSON.parse(given(root, "view")), window.location.hash, { explanation, tables });
    const classes = classesFrom(explanation.predictions);
    const known = new Set(classes.map((one) => one.index));
    scene.all = loadAll(root);
    scene.all.catch(() => {});
    if (![view.class, view.versus ?? view.class].every((index) => known.has(index))) {
      add(classes);
      await scene.all;
    }
    open({ explanation, tables, classes, view, plain: JSON.parse(given(root, "plain")) });
  } catch (error) {
    alarm(text("loading-failed", { reason: reasonOf(error) }));
  }
}
