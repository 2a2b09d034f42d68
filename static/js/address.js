/* The view as the fragment of the page's address, #class=285&mode=positive, so that a link shows what somebody sees. */

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./view.js").Known} Known */

/**
 * @typedef {object} Field of one type of value
 * @property {(words: string, known: Known) => any} read undefined where the words make no sense
 * @property {(value: any) => string} write
 * @property {(view: any) => unknown} [of] the view as it is now, where the view itself does not keep it
 */

/** @param {string} words */
const isWhole = (words) => /^\d{1,9}$/.test(words);
/** @param {string} words */
const share = (words) => (/^(0|1|0?\.\d{1,6}|1\.0*|0\.)$/.test(words) ? Number(words) : undefined);
/** @type {(...words: string[]) => Field} */
const oneOf = (...words) => ({ read: (word) => (words.includes(word) ? word : undefined), write: String });
/** @type {Field} */
const flag = { read: (words) => (/^[01]$/.test(words) ? words === "1" : undefined), write: (value) => (value ? "1" : "0") };
/** @type {Field} */
const classIndex = {
  read: (words, { explanation }) => (isWhole(words) && Number(words) < explanation.model.classes ? Number(words) : undefined),
  write: String,
};

/** @type {Map<string, Field>} */
const fields = new Map(
  Object.entries(/** @type {Record<string, Field>} */ ({
    class: classIndex,
    versus: classIndex,
    mode: oneOf("signed", "positive"),
    colormap: {
      read: (name, { tables }) => (Object.values(tables).some((table) => Object.keys(table).includes(name)) ? name : undefined),
      write: String,
    },
    opacity: { read: share, write: String },
    threshold: { read: share, write: String },
    cells: oneOf("smooth", "grid"),
    grey: flag,
    peak: flag,
    box: flag,
  })),
);
/** @type {Record<string, unknown>} */
const plainOf = { grey: true, peak: false, box: false };

/**
 * What a module adds to the view.
 *
 * @param {keyof View} name in the address
 * @param {unknown} plain what it is when nobody chose
 * @param {Field} field how it is written
 */
export function declare(name, plain, field) {
  fields.set(name, field);
  plainOf[name] = plain;
}

export { flag, oneOf };

/**
 * What the view is made of beside what the server knows, as nobody has chosen yet.
 *
 * @returns {Partial<View>}
 */
export function unchosen() {
  return { ...plainOf };
}

/**
 * The fragment, without its #; what nobody chose is left out.
 *
 * @param {Record<string, unknown>} view
 * @param {Record<string, unknown>} plain
 */
export function written(view, plain) {
  /** @type {Record<string, unknown>} */
  const usual = { ...plainOf, ...plain, class: null, mode: "signed" };
  const chosen = [...fields].filter(([name]) => name in view).flatMap(([name, { write, of }]) => {
    const value = of ? of(view) : view[name];
    return value === usual[name] || value === null ? [] : [[name, write(value)]];
  });
  return new URLSearchParams(chosen).toString();
}

/**
 * The part of a view that a fragment tells; what makes no sense is left out.
 *
 * @param {string} fragment
 * @param {Known} scene
 * @returns {Partial<View>}
 */
export function read(fragment, scene) {
  /** @type {Record<string, any>} */
  const view = {};
  for (const [name, words] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    const value = fields.get(name)?.read(words, scene);
    if (value !== undefined) view[name] = value;
  }
  if (view.versus === view.class) delete view.versus;
  return view;
}
