/* "Where exactly?": outlines of several classes at a threshold that is dragged, in numbers and as files. */

import { coco, voc } from "./annotations.js";
import { chooser } from "./chosen.js";
import { finder } from "./found.js";
import { drawHatched, keepWidth } from "./hatching.js";
import { maskPng } from "./mask.js";
import { share } from "./numbers.js";
import { showRegions, toldOf } from "./regiontable.js";
import { save } from "./save.js";
import { ready, scene, watch } from "./scene.js";

const QUIET_MS = 400; // a dragged threshold is not read out at every step

/** The photo with its regions, as files have it. */
function photoOf(found, name) {
  const { width, height } = scene.explanation.image;
  const classes = found.map(({ one: { index, label, probability }, regions }) => {
    return { index, label, score: probability, regions };
  });
  return { fileName: `${name}.jpg`, width, height, classes };
}

const FILES = {
  coco: async (photo) => [new Blob([JSON.stringify(coco([photo]))], { type: "application/json" }), "-coco.json"],
  voc: async (photo) => [new Blob([voc(photo)], { type: "application/xml" }), ".xml"],
  mask: async (photo) => [new Blob(await maskPng(photo), { type: "image/png" }), "-mask.png"],
};

/** Hear what is chosen and dragged; says what there is now. */
function inputs(root, changed) {
  const find = (name) => root.querySelector(`[data-where-${name}]`);
  const threshold = find("threshold");
  threshold.addEventListener("input", changed);
  for (const radio of root.querySelectorAll("[name=where-which]")) radio.addEventListener("change", changed);
  return () => ({
    threshold: threshold.valueAsNumber,
    largest: root.querySelector("[name=where-which]:checked").value === "largest",
  });
}

export default async function start(root) {
  const find = (name) => root.querySelector(`[data-where-${name}]`);
  const layer = document.querySelector("[data-regions]");
  const { explanation } = await ready;
  const regionsOf = finder(explanation);
  let [frame, quiet, found] = [0, 0, []];

  const draw = () => {
    const { threshold, largest } = wanted();
    found = chosen.all.map(({ index, place }) => {
      const one = scene.classes.get(index);
      return { one, place, regions: regionsOf(one, threshold).slice(0, largest ? 1 : undefined) };
    });
    find("output").textContent = share(threshold);
    drawHatched(layer, root.open ? found : []);
    showRegions(find("rows"), find("more"), found);
    find("limit").textContent = chosen.limit;
    find("add").hidden = chosen.has(scene.view.class);
    find("export").hidden = found.every(({ regions }) => regions.length === 0);
    layer.dataset.drawn = `${threshold}`;
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      find("told").textContent = toldOf(found);
    }, QUIET_MS);
  };
  const soon = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };
  const wanted = inputs(root, soon);
  const chosen = chooser(find("classes"), find("template"), soon);

  keepWidth(layer, document.querySelectorAll("[data-angle]"), explanation.image);
  for (const { index } of explanation.predictions) chosen.offer(scene.classes.get(index));
  root.addEventListener("toggle", () => {
    if (root.open && chosen.all.length === 0) chosen.choose(scene.view.class);
    soon();
  });
  find("add").addEventListener("click", () => chosen.choose(scene.view.class));
  watch(({ view, classes }) => {
    chosen.offer(classes.get(view.class));
    soon();
  });
  root.addEventListener("click", async ({ target }) => {
    const kind = target.closest("[data-export]")?.dataset.export;
    if (!kind) return;
    const [blob, ending] = await FILES[kind](photoOf(found, root.dataset.fileName));
    save(blob, `${root.dataset.fileName}${ending}`);
  });
  root.hidden = false;
}
