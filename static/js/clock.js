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

/** Once there is nothing else to do: to get dates ready takes browsers longer than to draw a map. @type {(act: () => void) => unknown} */
const later = window.requestIdleCallback ?? setTimeout;

/** @param {HTMLTimeElement} time */
export default function start(time) {
  later(() => {
    time.textContent = moment(new Date(time.dateTime));
  });
}
