/* What was dropped or chosen: files, each with the folders it lay in. */

const PICTURE = /\.(?:jpe?g|jfif|mpo|png|webp|gif|bmp)$/i;
const ZIP = /\.zip$/i;

/** @typedef {{file: File, folders: string[]}} Found */

/** Whether a file is meant as a picture; what it really is, the server finds out. @param {File} file */
export function isPicture(file) {
  return file.type.startsWith("image/") || PICTURE.test(file.name);
}

/** @param {File} file */
export function isZip(file) {
  return ZIP.test(file.name) || file.type === "application/zip";
}

/** Hidden files are nobody's pictures: macOS puts `._one.jpg` beside every `one.jpg`. @param {string} name */
function isHidden(name) {
  return name.startsWith(".") || name === "Thumbs.db" || name === "__MACOSX";
}

/** A folder's entries come in parts; an empty part is the last. @param {FileSystemDirectoryEntry} folder */
async function entriesOf(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const entries = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const part = await new Promise((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (part.length === 0) return entries;
    entries.push(...part);
  }
}

/**
 * @param {FileSystemEntry} entry
 * @param {string[]} folders
 * @param {Found[]} found
 */
async function walk(entry, folders, found) {
  if (isHidden(entry.name)) return;
  if (entry.isDirectory) {
    const inside = await entriesOf(/** @type {FileSystemDirectoryEntry} */ (entry));
    for (const inner of inside) await walk(inner, [...folders, entry.name], found);
    return;
  }
  /** @type {File} */
  const file = await new Promise((resolve, reject) => {
    /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject);
  });
  found.push({ file, folders });
}

/**
 * @param {DataTransfer} transfer
 * @returns {Promise<Found[]>} every file, also those in folders
 */
export async function filesDropped(transfer) {
  // The list is empty once the event is over, so what is in it is taken before anything is waited for.
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const taken = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  /** @type {Found[]} */
  const found = [];
  for (const one of taken) {
    if (!one) continue;
    if (one instanceof File) found.push({ file: one, folders: [] });
    else await walk(one, [], found);
  }
  return found;
}

/**
 * @param {{files: FileList|null}} input for files; one for folders says where its files lay
 * @returns {Found[]}
 */
export function filesChosen(input) {
  const found = [...(input.files ?? [])].map((file) => {
    const path = (file.webkitRelativePath || file.name).split("/");
    return { file, folders: path.slice(0, -1), hidden: path.some(isHidden) };
  });
  return found.filter(({ hidden }) => !hidden).map(({ file, folders }) => ({ file, folders }));
}

/** Files by the folder that each lies in directly; "" for those in none. @param {Found[]} found */
export function byFolder(found) {
  /** @type {Map<string, File[]>} */
  const groups = new Map();
  for (const { file, folders } of found) {
    const name = folders.at(-1) ?? "";
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  return groups;
}
