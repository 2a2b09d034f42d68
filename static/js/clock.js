/* A moment in the time zone of whoever reads it, written as the server writes it; without scripts it is UTC. */

import { text } from "./text.js";

/** @type {Intl.DateTimeFormatOptions} */
const DAY = { day: "numeric", month: "short", year: "numeric" };
/** @type {Intl.DateTimeFormatOptions} */
const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** 22 Nov 2026, 10:02; the same order as moment() of app/text.py. @param {Date} when */
function moment(when) {
  const parts = new Intl.DateTimeFormat(document.documentElement.lang, { ...DAY, ...TIME }).formatToParts(when);
  return text("moment", Object.fromEntries(parts.map(({ type, value }) => [type, value])));
}

/** @param {HTMLTimeElement} time */
export default function start(time) {
  time.textContent = moment(new Date(time.dateTime));
}
