/* Outlines as other tools read them, COCO's JSON and Pascal VOC's XML: the same rule as model/annotations.py. */

import { areaOf } from "./contours.js";

/** @typedef {import("./coverage.js").Point} Point */
/** @typedef {import("./contours.js").Outlined & {share: number}} Outlined */
/** @typedef {{index: number, label: string, score: number, regions: Outlined[]}} OutlinedClass */
/** @typedef {{fileName: string, width: number, height: number, classes: OutlinedClass[]}} OutlinedPhoto */

const NO_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };

/** @typedef {{model: string, scale: string, threshold: number}} Method how regions were found */

/** @param {number} value */
const rounded = (value) => Math.floor(value * 100 + 0.5) / 100;

/** Text without what no XML can hold; a replacement character stands for each. @param {string} words */
const plain = (words) => words.replace(NO_XML, "\ufffd");

/** @param {string} words */
const xmlText = (words) => plain(words).replace(/[&<>\r]/g, (one) => ENTITIES[one]);

/**
 * Where a line from a point to the left first meets a polygon: after which of its points, and the place.
 *
 * @param {Point[]} polygon
 * @param {Point} point
 * @returns {{after: number, cut: Point}}
 */
function leftOf(polygon, [x, y]) {
  let [best, after] = [-Infinity, 0];
  polygon.forEach(([oneX, oneY], at) => {
    const [otherX, otherY] = polygon[(at + 1) % polygon.length];
    if (oneY <= y === otherY <= y) return;
    const meets = oneX + (otherX - oneX) * ((y - oneY) / (otherY - oneY));
    if (best < meets && meets <= x) [best, after] = [meets, at];
  });
  return { after, cut: [Number.isFinite(best) ? best : polygon[after][0], y] };
}

/**
 * One polygon of an outer ring and its holes, each joined by a cut to what lies left of it.
 *
 * @param {Point[][]} rings
 */
export function joinedRings([outer, ...holes]) {
  const polygon = [...outer];
  /** @type {(one: Point, other: Point) => number} */
  const before = (one, other) => one[0] - other[0] || one[1] - other[1];
  const turned = holes.map((hole) => {
    let left = 0;
    hole.forEach((point, at) => {
      if (before(point, hole[left]) < 0) left = at;
    });
    return [...hole.slice(left), ...hole.slice(0, left + 1)];
  });
  for (const hole of turned.sort((one, other) => before(one[0], other[0]))) {
    const { after, cut } = leftOf(polygon, hole[0]);
    polygon.splice(after + 1, 0, cut, ...hole, cut);
  }
  return polygon;
}

/**
 * COCO's object detection format, ready for JSON; its `info` says how all of them were found.
 *
 * @param {OutlinedPhoto[]} photos
 * @param {Method} method
 */
export function coco(photos, { model, scale, threshold }) {
  /** @type {object[]} */
  const annotations = [];
  /** @type {Map<number, string>} */
  const labels = new Map();
  photos.forEach(({ classes }, at) => {
    for (const { index, label, score, regions } of classes) {
      labels.set(index, label);
      for (const { box, rings, share } of regions) {
        annotations.push({
          id: annotations.length + 1,
          image_id: at + 1,
          category_id: index + 1,
          bbox: [box.left, box.top, box.right - box.left, box.bottom - box.top],
          segmentation: [joinedRings(rings).flat().map(rounded)],
          area: rounded(areaOf(rings)),
          iscrowd: 0,
          score,
          share,
        });
      }
    }
  });
  const known = [...labels].sort(([one], [other]) => one - other);
  return {
    info: { description: "Camscope", model: plain(model), scale, threshold },
    images: photos.map(({ fileName, width, height }, at) => ({ id: at + 1, file_name: plain(fileName), width, height })),
    annotations,
    categories: known.map(([index, label]) => ({ id: index + 1, name: plain(label), supercategory: "" })),
  };
}

/**
 * @param {string} label
 * @param {import("./contours.js").Box} box
 */
function objectOf(label, { left, top, right, bottom }) {
  return [
    "  <object>",
    `    <name>${xmlText(label)}</name>`,
    "    <pose>Unspecified</pose>",
    "    <truncated>0</truncated>",
    "    <difficult>0</difficult>",
    `    <bndbox><xmin>${left + 1}</xmin><ymin>${top + 1}</ymin>`,
    `      <xmax>${right}</xmax><ymax>${bottom}</ymax></bndbox>`,
    "  </object>",
  ];
}

/**
 * Pascal VOC's annotation of one photo, as XML; it counts pixels from 1, the last ones included.
 *
 * @param {OutlinedPhoto} photo
 */
export function voc({ fileName, width, height, classes }) {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<annotation>",
    `  <filename>${xmlText(fileName)}</filename>`,
    "  <source><database>Camscope</database></source>",
    `  <size><width>${width}</width><height>${height}</height><depth>3</depth></size>`,
    "  <segmented>0</segmented>",
    ...classes.flatMap(({ label, regions }) => regions.flatMap(({ box }) => objectOf(label, box))),
    "</annotation>",
    "",
  ].join("\n");
}
