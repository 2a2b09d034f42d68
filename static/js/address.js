/* The view as the fragment of the page's address, #class=285&mode=positive, so that a link shows what somebody sees. */

/**
 * @typedef {object} Field
 * @property {(words: string, scene: any) => any} read undefined where the words make no sense
 * @property {(value: any) => string} write
 */

const isWhole = (words) => /^\d{1,9}$/.test(words);
const share = (words) => (/^(0|1|0?\.\d{1,6}|1\.0*|0\.)$/.test(words) ? Number(words) : undefined);
const oneOf = (...words) => ({ read: (word) => (words.includes(word) ? word : undefined), write: String });
const flag = { read: (words) => (/^[01]$/.test(words) ? words === "1" : undefined), write: (value) => (value ? "1" : "0") };
const classIndex = {
  read: (words, { explanation }) => (isWhole(words) && Number(words) < explanation.model.classes ? Number(words) : undefined),
  write: String,
};

/** @type {Map<string, Field>} */
const fields = new Map(
  Object.entries({
    class: classIndex,
    versus: classIndex,
    mode: oneOf("signed", "positive"),
    colormap: { read: (name, { tables }) => Object.values(tables).some((table) => Object.keys(table).includes(name)) ? name : undefined, write: String },
    opacity: { read: share, write: String },
    threshold: { read: share, write: String },
    cells: oneOf("smooth", "grid"),
    grey: flag,
    peak: flag,
    box: flag,
  }),
);
const plainOf = { grey: true, peak: false, box: false };

/** What a module adds to the view: its name in the address, what it is when nobody chose, and how it is written. */
export function declare(name, plain, field) {
  fields.set(name, field);
  plainOf[name] = plain;
}

export { flag, oneOf };

/** What the view is made of beside what the server knows, as nobody has chosen yet. */
export function unchosen() {
  return { ...plainOf };
}

/** The fragment, without its #; what nobody chose is left out. */
export function written(view, plain) {
  const usual = { ...plainOf, ...plain, class: null, mode: "signed" };
  const chosen = [...fields.keys()].filter((name) => name in view && view[name] !== usual[name] && view[name] !== null);
  return new URLSearchParams(chosen.map((name) => [name, fields.get(name).write(view[name])])).toString();
}

/** The part of a view that a fragment tells; what makes no sense is left out. */
export function read(fragment, scene) {
  const view = {};
  for (const [name, words] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    const value = fields.get(name)?.read(words, scene);
    if (value !== undefined) view[name] = value;
  }
  if (view.versus === view.class) delete view.versus;
  return view;
}
