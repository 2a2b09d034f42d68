/* Elements of a page. One that a script counts on and that is not there is a mistake of ours: it is said at once. */

/** @typedef {<Kind extends Element = HTMLElement>(name: string, kind?: new () => Kind) => Kind} Parts */

/**
 * @template {Element} [Kind=HTMLElement]
 * @param {Element|null} found
 * @param {string} selector
 * @param {new () => Kind} [kind]
 * @returns {Kind}
 */
function sure(found, selector, kind) {
  if (found instanceof (kind ?? HTMLElement)) return /** @type {Kind} */ (found);
  throw new TypeError(`${selector} is ${found}`);
}

/**
 * The first element that a selector finds.
 *
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} [kind] which it is
 * @returns {Kind}
 * @throws {TypeError} there is none, or it is another kind
 */
export function element(root, selector, kind) {
  return sure(root.querySelector(selector), selector, kind);
}

/**
 * All elements that a selector finds; there may be none.
 *
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} [kind] which they are
 * @returns {Kind[]}
 * @throws {TypeError} one is another kind
 */
export function elements(root, selector, kind) {
  return Array.from(root.querySelectorAll(selector), (found) => sure(found, selector, kind));
}

/**
 * Finds elements by their marks: `find("bar", HTMLProgressElement)` is the one with data-bar.
 *
 * @param {ParentNode} root
 * @returns {Parts}
 */
export function parts(root) {
  return (name, kind) => element(root, `[data-${name}]`, kind);
}

/**
 * What a selector finds around the place where something happened; null where it is elsewhere.
 *
 * @param {Event} event
 * @param {string} selector
 */
export function closest({ target }, selector) {
  return target instanceof Element ? /** @type {HTMLElement|null} */ (target.closest(selector)) : null;
}

/**
 * What the page says in one of an element's data attributes.
 *
 * @param {HTMLElement|SVGElement} root
 * @param {string} name as `dataset` spells it
 * @throws {TypeError} it does not say it
 */
export function given({ dataset }, name) {
  const words = dataset[name];
  if (words === undefined) throw new TypeError(name);
  return words;
}

/**
 * A copy of what a template holds.
 *
 * @param {HTMLTemplateElement} template
 * @returns {HTMLElement}
 */
export function copyOf(template) {
  return sure(/** @type {Element} */ (template.content.cloneNode(true)).firstElementChild, "template");
}

/** @param {HTMLCanvasElement} canvas */
export function penOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}
