/* Load an explanation with its maps once; everything after that happens without the server. */

import { alarm } from "./alert.js";
import { getArray, getJson, reasonOf } from "./api.js";
import { tablesFrom } from "./colormap.js";
import { add, asked, open, scene } from "./scene.js";
import { text } from "./text.js";

function classesFrom(predictions) {
  return predictions.map(({ index, label, probability, logit, bias, cam }) => {
    return { index, label, probability, logit, bias, values: Float32Array.from(cam.flat()) };
  });
}

async function loadAll({ camsUrl, scoresUrl, labelsUrl }) {
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

export default async function start(root) {
  const { explanationUrl, colormapsUrl, plain } = root.dataset;
  try {
    const [explanation, raw] = await Promise.all([getJson(explanationUrl), getJson(colormapsUrl)]);
    const tables = tablesFrom(raw);
    const view = asked(JSON.parse(root.dataset.view), window.location.hash, { explanation, tables });
    const classes = classesFrom(explanation.predictions);
    const known = new Set(classes.map((one) => one.index));
    scene.all = loadAll(root.dataset);
    scene.all.catch(() => {});
    if (![view.class, view.versus ?? view.class].every((index) => known.has(index))) {
      add(classes);
      await scene.all;
    }
    open({ explanation, tables, classes, view, plain: JSON.parse(plain) });
  } catch (error) {
    alarm(text("loading-failed", { reason: reasonOf(error) }));
  }
}
