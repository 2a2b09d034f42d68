/* How the photo is changed for "Is it true?": kept in the view and in the address, and asked of the API. */

import { askedOf } from "./areas.js";
import { scaleAsked } from "./atscale.js";
import { declare, flag } from "./scene.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {Record<"change"|"where"|"fill", string>} Way */

const WAYS = /^(erase|keep)\.(0\.1|0\.2|0\.3|region)\.(blur|mean)$/;
const USUAL = "erase.0.2.blur";

declare("tried", false, flag);
declare("try", USUAL, { read: (words) => (WAYS.test(words) ? words : undefined), write: String });

/** How it is tried; where the drawn region is meant and there is none, it is the usual part. @type {(view: View) => Way} */
export function wayOf({ try: way, region }) {
  const [what, where, filling] = WAYS.exec(way)?.slice(1) ?? [];
  const usual = WAYS.exec(USUAL)?.[2] ?? "";
  return { change: what, where: where === "region" && !region ? usual : where, fill: filling };
}

/** Whose curves are asked for, as the API takes it. @param {View} view */
export function subjectOf(view) {
  const versus = view.versus === null ? {} : { versus: `index:${view.versus}` };
  return { class: `index:${view.class}`, ...versus, fill: wayOf(view).fill, ...scaleAsked(view) };
}

/** What is asked, as the API takes it. @param {View} view */
export function question(view) {
  const { change: what, where } = wayOf(view);
  const place = where === "region" && view.region ? askedOf(view.region) : { evidence: Number(where) };
  return { ...subjectOf(view), change: what, ...place };
}

/** @type {(told: string, asked: object) => boolean} */
export const sameAs = (told, asked) => told === JSON.stringify(asked);
