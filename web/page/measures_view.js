// @ts-check
// The tutorial's three measures and what they are made of: the last turn's figure, and what is
// typical. Decides only how a figure is shown; they are measured in lib/turn_timeline.js.

import { element } from './dom.js';
import { formatMs } from '../lib/latency.js';
import { fineMs } from './waterfall.js';

/** @typedef {{field: string, label: string, hint: string}} Measure */
/** @typedef {{count: number, p50: number, p95: number} | null} Summary */

/**
 * @param {HTMLElement} list a `dl`
 * @param {readonly Measure[]} measures
 * @param {(field: string) => number | undefined} last
 * @param {(field: string) => Summary} summary
 */
export function drawMeasures(list, measures, last, summary) {
  list.replaceChildren(
    ...measures.map((measure) => {
      const { group, value } = figureOf(measure, last(measure.field));
      value.append(element('small', '', typicalWords(summary(measure.field))));
      return group;
    }),
  );
}

/**
 * @param {HTMLElement} list a `dl`
 * @param {readonly Measure[]} shares
 * @param {(field: string) => number | undefined} last
 */
export function drawShares(list, shares, last) {
  list.replaceChildren(...shares.map((share) => figureOf(share, last(share.field)).group));
}

/**
 * @param {Summary} summary
 * @returns {string} may be empty: of a single turn nothing is typical
 */
export function typicalWords(summary) {
  if (!summary || summary.count < 2) return '';
  return `p50 ${formatMs(summary.p50)}, p95 ${formatMs(summary.p95)} of ${summary.count} turns`;
}

/**
 * @param {Measure} measure
 * @param {number | undefined} ms
 */
function figureOf({ label, hint }, ms) {
  const value = element('dd', '', ms === undefined ? element('span', 'none', '–') : fineMs(ms));
  const group = element('div', '', element('dt', '', label), value);
  group.title = hint;
  return { group, value };
}
