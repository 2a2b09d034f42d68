/* Outlined regions as files, made here. */

import { coco, voc } from "./annotations.js";
import { maskPng } from "./mask.js";
import { save } from "./save.js";

/** @typedef {import("./annotations.js").OutlinedPhoto} OutlinedPhoto */
/** @typedef {{type: string, ending: string, write: (photo: OutlinedPhoto) => Promise<BlobPart[]>}} Kind */

/** @type {Record<"coco" | "voc" | "mask", Kind>} */
const KINDS = {
  coco: { type: "application/json", ending: "-coco.json", write: async (photo) => [JSON.stringify(coco([photo]))] },
  voc: { type: "application/xml", ending: ".xml", write: async (photo) => [voc(photo)] },
  mask: { type: "image/png", ending: "-mask.png", write: maskPng },
};

/**
 * @param {keyof typeof KINDS} kind
 * @param {import("./regiontable.js").FoundClass[]} found
 * @param {{width: number, height: number}} size of the photo
 * @param {string} name of the file, without ending
 */
export async function saveRegions(kind, found, { width, height }, name) {
  const classes = found.map(({ one: { index, label, probability }, regions }) => {
    return { index, label, score: probability, regions };
  });
  const { type, ending, write } = KINDS[kind];
  const parts = await write({ fileName: `${name}.jpg`, width, height, classes });
  save(new Blob(parts, { type }), `${name}${ending}`);
}
