/* How the photo is changed for "Is it true?": kept in the view and in the address, and asked of the API. */

import { askedOf } from "./areas.js";
import { scaleAsked } from "./atscale.js";
import { declare, flag, tell } from "./scene.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {Record<"change"|"where"|"fill", string>} Way */

const WAYS = /^(erase|keep)\.(0\.1|0\.2|0\.3|region)\.(blur|mean)$/;
const USUAL = "erase.0.2.blur";

declare("tried", false, { ...flag, of: (view) => isLast("sent", view) || isLast("answered", view) });
declare("try", USUAL, { read: (words) => (WAYS.test(words) ? words : undefined), write: String });

/** The questions last sent and last answered, as JSON: no part of the view, which undoing would put back. */
const last = { sent: "", answered: "" };

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

/** A question was sent, so that a link asks it again; or answered, so that files have the answer. @type {(what: keyof typeof last, asked: string) => void} */
export function remember(what, asked) {
  last[what] = asked;
  tell();
}

/** Whether the question in view is the last one. @type {(what: keyof typeof last, view: View) => boolean} */
export const isLast = (what, view) => last[what] !== "" && sameAs(last[what], question(view));
