/* Hand a file made here over to be kept. */

const KEPT_MS = 60000; // browsers may read a download's address long after the click

/**
 * @param {Blob} blob
 * @param {string} name of the file
 */
export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
