// @ts-check
// Where the milliseconds of a turn went, as figures to draw: rows, bars, one axis for all of them
// and each row in words. Decides what is placed where, in percent of the axis; measures nothing
// (lib/turn_timeline.js does) and draws nothing (waterfall_view.js does).

import { STEPS, formatMs } from '../lib/latency.js';

/** @typedef {import("../lib/turn_timeline.js").Entry} Entry */
/** @typedef {{name: string, atMs: number, ms: number}} Span `atMs` from the row's beginning */
/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} title
 * @property {string[]} tags
 * @property {Span[]} spans
 * @property {number} totalMs from the row's beginning to its last step's end
 * @property {Record<string, number | undefined>} measures
 */
/** @typedef {{maxMs: number, tickMs: number, ticks: number[]}} Axis */
/** @typedef {{name: string, left: number, width: number}} Bar percent of the axis */

/** Column heads: the steps' full names (lib/latency.js) are too long for a column. */
const HEADS = { decision: 'Decision', buffer: 'Buffer', speaker: 'Speaker' };

/** @type {readonly {name: string, label: string, hint: string}[]} in their order */
export const COLUMNS = Object.freeze(
  STEPS.map((step) => ({ ...step, label: /** @type {any} */ (HEADS)[step.name] ?? step.label })),
);

/** A turn far slower than the others runs off the axis rather than squeezing them all. */
const OUTLIER = 1.5;
const TICKS_MAX = 6;

/**
 * @param {Entry} entry
 * @returns {Row}
 */
export function rowOf(entry) {
  const steps = COLUMNS.flatMap(({ name }) => entry.steps.filter((step) => step.name === name));
  const begin = steps.length > 0 ? Math.min(...steps.map(({ from_ms: from }) => from)) : 0;
  const spans = steps.map(({ name, from_ms: from, to_ms: to }) => ({
    name,
    atMs: from - begin,
    // Two clocks that were compared over a network can disagree by a little about "before".
    ms: Math.max(0, to - from),
  }));
  return {
    key: `${entry.session}-${entry.turn}`,
    title: `Turn ${entry.turn}`,
    tags: [...(entry.typed ? ['typed'] : []), ...(entry.cut_off ? ['cut off'] : [])],
    spans,
    totalMs: Math.max(0, ...spans.map(({ atMs, ms }) => atMs + ms)),
    measures: entry.measures,
  };
}

/**
 * What is typical: each step as long as `percent` of the turns had it at most, one after another.
 * @param {string} title
 * @param {readonly Row[]} rows
 * @param {number} percent
 * @returns {Row}
 */
export function typicalRow(title, rows, percent) {
  let atMs = 0;
  /** @type {Span[]} */
  const spans = [];
  for (const { name } of COLUMNS) {
    const ms = percentile(
      rows.flatMap((row) => row.spans.filter((span) => span.name === name).map((one) => one.ms)),
      percent,
    );
    if (ms === null) continue;
    spans.push({ name, atMs, ms });
    atMs += ms;
  }
  const totalMs = percentile(
    rows.map((row) => row.totalMs),
    percent,
  );
  return { key: title, title, tags: [], spans, totalMs: totalMs ?? 0, measures: {} };
}

/**
 * By nearest rank: a value that really occurred.
 * @param {number[]} values
 * @param {number} percent
 * @returns {number | null} null where there are none
 */
export function percentile(values, percent) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/**
 * One axis for all rows. It ends on a round number that holds every row, but for a row
 * half as long again as nine in ten are.
 * @param {number[]} totalsMs
 * @returns {Axis}
 */
export function axisOf(totalsMs) {
  const longest = Math.max(0, ...totalsMs);
  const most = percentile(totalsMs, 90) ?? 0;
  const fit = Math.max(100, longest > OUTLIER * most ? OUTLIER * most : longest);
  const tickMs = roundTick(fit / (TICKS_MAX - 1));
  const count = Math.ceil(fit / tickMs - 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * tickMs);
  return { maxMs: count * tickMs, tickMs, ticks };
}

/**
 * The next of 1, 2, 2.5, 5 times a power of ten.
 * @param {number} ms
 */
function roundTick(ms) {
  const power = 10 ** Math.floor(Math.log10(ms));
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= ms * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/**
 * @param {Row} row
 * @param {Axis} axis
 * @returns {{bars: Bar[], beyond: boolean}} `beyond`: the row goes on behind the axis's end
 */
export function barsOf(row, axis) {
  const percent = (/** @type {number} */ ms) => (100 * Math.min(ms, axis.maxMs)) / axis.maxMs;
  const bars = row.spans.map(({ name, atMs, ms }) => {
    const left = percent(atMs);
    return { name, left, width: percent(atMs + ms) - left };
  });
  return { bars, beyond: row.totalMs > axis.maxMs };
}

/**
 * Milliseconds as a person reads them, and microseconds where milliseconds would say nothing: the
 * gateway's share is some twenty of them.
 * @param {number} ms
 */
export function fineMs(ms) {
  return ms > 0 && ms < 0.1 ? `${Math.max(1, Math.round(1000 * ms))} µs` : formatMs(ms);
}

/**
 * @param {Row} row
 * @param {string} step
 * @returns {string} "–" where the turn did not have that step
 */
export function stepFigure(row, step) {
  const span = row.spans.find(({ name }) => name === step);
  return span ? fineMs(span.ms) : '–';
}

/**
 * A row as a sentence: what a screen reader says, and what stands below the table.
 * @param {Row} row
 * @param {readonly {field: string, label: string}[]} measures
 * @returns {string}
 */
export function rowWords(row, measures) {
  const head = [row.title, ...row.tags].join(', ');
  if (row.spans.length === 0) return `${head}: nothing was heard of it.`;
  const named = COLUMNS.filter(({ name }) => row.spans.some((span) => span.name === name));
  const parts = named.map(({ name, label }) => `${label.toLowerCase()} ${stepFigure(row, name)}`);
  const figures = measures.flatMap(({ field, label }) => {
    const ms = row.measures[field];
    return ms === undefined ? [] : [`${label} ${formatMs(ms)}`];
  });
  const steps = `${head}: ${formatMs(row.totalMs)} in all; ${parts.join(', ')}.`;
  return figures.length > 0 ? `${steps} ${figures.join(', ')}.` : steps;
}

/**
 * @param {Date} when
 * @returns {string} "livegate-timeline-2026-03-01-140509.json", in local time
 */
export function exportName(when, what = 'timeline', ending = 'json') {
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0');
  const day = [when.getFullYear(), two(when.getMonth() + 1), two(when.getDate())].join('-');
  const time = [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join('');
  return `livegate-${what}-${day}-${time}.${ending}`;
}
