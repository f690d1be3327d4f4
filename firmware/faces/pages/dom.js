// SPDX-License-Identifier: Apache-2.0
// Building elements. Text goes in as text, never as markup: names and messages come from outside.

// el('button', { class: 'big', onclick: f, hidden: true }, 'text', [more], null)
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Puts children into parent unless it shows the same state already; the focus stays on the element of the same data-key.
export function show(parent, state, build) {
  const print = JSON.stringify(state);
  if (parent.shownState === print) return false;
  parent.shownState = print;
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...[build()].flat(Infinity).filter(Boolean));
  if (key) parent.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  return true;
}
