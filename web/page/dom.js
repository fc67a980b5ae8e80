// @ts-check
// The few things that every view does with elements.

/**
 * @param {string} id
 * @returns {any} of index.html, so it is there
 */
export const byId = (id) => document.getElementById(id);

/**
 * Live regions are read out when they are written to: write only what changed.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {string} tag
 * @param {string} className may be empty
 * @param {...(string | Node)} children
 * @returns {HTMLElement}
 */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}
