/** Making and removing elements. */

let count = 0;

/** An id that no other element on the page has: two copies of a widget never clash. */
export const uid = (/** @type {string} */ prefix) => `lb-${prefix}-${(count += 1)}-${Math.random().toString(36).slice(2, 8)}`;

/**
 * @param {Element} node
 * @param {Record<string, unknown>} attributes  null and false are left out, true is written as ""
 */
export const attr = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  return node;
};

/**
 * An HTML element with attributes and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export const h = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  attr(node, attributes);
  node.append(...children);
  return node;
};

/**
 * An SVG element with attributes and children.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export const s = (tag, attributes = {}, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  attr(node, attributes);
  node.append(...children);
  return node;
};

/** Write text only when it changed: an untouched text node costs no layout. */
export const setText = (/** @type {Element} */ node, /** @type {string} */ text) => {
  if (node.textContent !== text) node.textContent = text;
};
