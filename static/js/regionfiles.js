/* Outlined regions as files, made here. */

import { coco, voc } from "./annotations.js";
import { maskPng } from "./mask.js";
import { save } from "./save.js";
import { scene } from "./scene.js";

/** @typedef {import("./annotations.js").OutlinedPhoto} OutlinedPhoto */
/** @typedef {import("./annotations.js").Method} Method */
/** @typedef {{type: string, ending: string, write: (photo: OutlinedPhoto, method: Method) => Promise<BlobPart[]>}} Kind */

/** @type {Record<"coco" | "voc" | "mask", Kind>} */
const KINDS = {
  coco: { type: "application/json", ending: "-coco.json", write: async (photo, method) => [JSON.stringify(coco([photo], method))] },
  voc: { type: "application/xml", ending: ".xml", write: async (photo) => [voc(photo)] },
  mask: { type: "image/png", ending: "-mask.png", write: maskPng },
};

/** How the regions in view were found. @returns {Method} */
function methodInView() {
  const { explanation, view } = scene;
  return { model: explanation.model.id, scale: view.scale ?? `${explanation.input.scale}`, threshold: view.at };
}

/**
 * @param {keyof typeof KINDS} kind
 * @param {import("./regiontable.js").FoundClass[]} found
 * @param {string} name of the file, without ending
 */
export async function saveRegions(kind, found, name) {
  const { width, height } = scene.explanation.image;
  const classes = found.map(({ one: { index, label, probability }, regions }) => {
    return { index, label, score: probability, regions };
  });
  const { type, ending, write } = KINDS[kind];
  const parts = await write({ fileName: `${name}.jpg`, width, height, classes }, methodInView());
  save(new Blob(parts, { type }), `${name}${ending}`);
}
