// @ts-check
// The waterfall as a table: one row for each turn with a bar of its steps and their figures, two
// rows of what is typical, one axis above. Decides which row can be reached by keyboard and which
// one stands below as a sentence; the figures come from waterfall.js.

import { element, setText } from './dom.js';
import { formatMs } from '../lib/latency.js';
import { COLUMNS, axisOf, barsOf, rowOf, rowWords, stepFigure, typicalRow } from './waterfall.js';

/** @typedef {import("./waterfall.js").Row} Row */
/** @typedef {import("./waterfall.js").Axis} Axis */

export class WaterfallView {
  /** @type {Row[]} newest first */
  #rows = [];
  #current = ''; // the row that the keyboard is on
  #body = element('tbody', '');
  #typical = element('tbody', 'typical');
  #axis = element('div', 'axis');

  /**
   * @param {HTMLElement} holder scrolls
   * @param {HTMLElement} sentence
   * @param {readonly {field: string, label: string}[]} measures
   */
  constructor(holder, sentence, measures) {
    this.sentence = sentence;
    this.measures = measures;
    this.table = element('table', '', this.#head(), this.#typical, this.#body);
    // The layout at phone width takes the table apart; its roles keep it one for screen readers.
    role(this.table, 'table').setAttribute('aria-label', 'The last turns, step by step');
    role(this.#body, 'rowgroup');
    role(this.#typical, 'rowgroup');
    holder.replaceChildren(this.table);
    this.#body.addEventListener('keydown', (event) => this.#onKey(event));
    this.#body.addEventListener('focusin', (event) => this.#show(keyOf(event.target)));
    this.#body.addEventListener('pointerover', (event) => this.#say(keyOf(event.target)));
    this.#body.addEventListener('pointerleave', () => this.#say(this.#current));
  }

  /** @param {readonly import("./waterfall.js").Entry[]} entries oldest first */
  draw(entries) {
    const newest = this.#rows[0]?.key;
    this.#rows = entries
      .map(rowOf)
      .filter(({ spans }) => spans.length > 0)
      .reverse();
    const axis = axisOf(this.#rows.map(({ totalMs }) => totalMs));
    this.#drawAxis(axis);
    const typical = [typicalRow('p50', this.#rows, 50), typicalRow('p95', this.#rows, 95)];
    this.#typical.replaceChildren(...typical.map((row) => rowElement(row, axis)));
    const focused = this.#body.contains(document.activeElement);
    this.#body.replaceChildren(...this.#rows.map((row) => rowElement(row, axis)));
    const known = this.#rows.some(({ key }) => key === this.#current);
    if (!known || (!focused && this.#current === newest)) this.#current = this.#rows[0]?.key ?? '';
    this.#show(this.#current);
    if (focused) this.#rowAt(this.#current)?.focus({ preventScroll: true });
  }

  #head() {
    const steps = COLUMNS.map(({ name, label, hint }) => {
      const cell = heading('step', element('i', `swatch ${name}`), label);
      cell.title = hint;
      return cell;
    });
    const total = heading('total', 'Heard after');
    total.title = 'From the end of your speech, or from a typed line, to the first sound.';
    const bars = heading('bars', element('span', 'hidden', 'As a bar'), this.#axis);
    const row = role(element('tr', '', heading('turn', 'Turn'), bars, ...steps, total), 'row');
    return role(element('thead', '', row), 'rowgroup');
  }

  /** @param {Axis} axis */
  #drawAxis({ maxMs, tickMs, ticks }) {
    this.table.style.setProperty('--tick', `${(100 * tickMs) / maxMs}%`);
    const labels = ticks.map((ms) => {
      const label = element('span', '', ms === maxMs ? `${ms} ms` : String(ms));
      label.style.left = `${(100 * ms) / maxMs}%`;
      return label;
    });
    this.#axis.setAttribute('aria-hidden', 'true');
    this.#axis.replaceChildren(...labels);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const at = this.#rows.findIndex(({ key }) => key === this.#current);
    const last = this.#rows.length - 1;
    /** @type {Record<string, number>} */
    const to = {
      ArrowDown: Math.min(at + 1, last),
      ArrowUp: Math.max(at - 1, 0),
      Home: 0,
      End: last,
    };
    if (!Object.hasOwn(to, event.key)) return;
    event.preventDefault();
    this.#rowAt(this.#rows[to[event.key]].key)?.focus();
  }

  /**
   * Makes a row the one that Tab leads to.
   * @param {string} key
   */
  #show(key) {
    this.#current = key;
    for (const row of this.#body.children) {
      const current = /** @type {HTMLElement} */ (row).dataset.key === key;
      /** @type {HTMLElement} */ (row).tabIndex = current ? 0 : -1;
      row.classList.toggle('current', current);
    }
    this.#say(key);
  }

  /** @param {string} key */
  #say(key) {
    const row = this.#rows.find((one) => one.key === key);
    if (row) setText(this.sentence, rowWords(row, this.measures));
  }

  /** @param {string} key */
  #rowAt(key) {
    const rows = /** @type {HTMLElement[]} */ ([...this.#body.children]);
    return rows.find(({ dataset }) => dataset.key === key);
  }
}

/**
 * @param {Row} row
 * @param {Axis} axis
 */
function rowElement(row, axis) {
  const { bars, beyond } = barsOf(row, axis);
  const bar = element('div', beyond ? 'bar-of beyond' : 'bar-of');
  bar.setAttribute('aria-hidden', 'true');
  for (const { name, left, width } of bars) {
    const step = element('i', name);
    step.style.left = `${left}%`;
    step.style.width = `${width}%`;
    bar.append(step);
  }
  const tags = row.tags.map((tag) => element('span', 'tag', tag));
  const title = role(element('th', 'turn', element('b', '', row.title), ...tags), 'rowheader');
  title.setAttribute('scope', 'row');
  const steps = COLUMNS.map(({ name, label }) => {
    const figure = element('td', 'step', element('em', '', label), stepFigure(row, name));
    return role(figure, 'cell');
  });
  const total = role(element('td', 'total', formatMs(row.totalMs)), 'cell');
  const made = element('tr', '', title, role(element('td', 'bars', bar), 'cell'), ...steps, total);
  made.dataset.key = row.key;
  return role(made, 'row');
}

/**
 * @param {string} className
 * @param {...(string | Node)} children
 */
function heading(className, ...children) {
  const cell = role(element('th', className, ...children), 'columnheader');
  cell.setAttribute('scope', 'col');
  return cell;
}

/**
 * @param {HTMLElement} target
 * @param {string} name
 */
function role(target, name) {
  target.setAttribute('role', name);
  return target;
}

/** @param {EventTarget | null} target */
function keyOf(target) {
  const row = target instanceof Element ? target.closest('tr') : null;
  return row?.dataset.key ?? '';
}
