/* Hear what the server tells by itself. */

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;

/**
 * Hear a stream of events until it is closed; where it breaks off it is opened again, however often.
 *
 * @param {string} url
 * @param {string[]} kinds of events
 * @param {{heard: () => void, lost: () => void, found: () => void}} listener
 * @returns {() => void} closes it
 */
export function listen(url, kinds, { heard, lost, found }) {
  /** @type {EventSource} */
  let source;
  let timer = 0;
  let wait = FIRST_WAIT_MS;
  const open = () => {
    source = new EventSource(url);
    source.onopen = () => {
      wait = FIRST_WAIT_MS;
      found();
    };
    source.onerror = () => {
      lost();
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      timer = setTimeout(open, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    };
    for (const kind of kinds) source.addEventListener(kind, heard);
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
