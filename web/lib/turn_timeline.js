// @ts-check
// The last turns, each with where its milliseconds went. Decides which turn a time belongs to and
// what is typical; measures nothing itself: the gateway's times come with `turn_complete`
// (docs/wire-browser.md), the page's from whoever saw the audio arrive and sound. What a step is:
// turn_steps.js; how it is called: latency.js.

import { MEASURES, SHARES, STEPS } from './latency.js';
import { measuresOf, stepsOf } from './turn_steps.js';

const TURNS_MAX = 100;
export const EXPORT_FORMAT = 'livegate-timeline';
export const EXPORT_VERSION = 1;

const WIRE_FIELDS = Object.freeze([
  'first_packet_ms',
  'end_to_end_ms',
  'continuous_ms',
  'decision_ms',
  'gateway_ms',
]);
const GATEWAY_POINTS = Object.freeze([
  'speech_ended',
  'decided',
  'sent',
  'first_byte',
  'first_audio',
  'forwarded',
  'completed',
]);

/** @typedef {import("./turn_steps.js").Known} Known */
/** @typedef {import("./turn_steps.js").Step} Step */
/**
 * @typedef {object} Entry
 * @property {number} turn
 * @property {number} session the page's own count, as in playback reports
 * @property {boolean} typed no end of speech began it
 * @property {boolean} cut_off
 * @property {boolean} complete `turn_complete` has come
 * @property {boolean} synced the gateway's times stand where they belong; otherwise they end where
 *   the first packet arrived, and there is no network step
 * @property {number | null} clock_error_ms how far the gateway's times can be off
 * @property {Step[]} steps
 * @property {Record<string, number>} measures
 * @property {{name: string, from_ms: number, to_ms: number}[]} tools that ran in the turn
 */

export class TurnTimeline {
  /** @type {{entry: Entry, known: Known}[]} oldest first */
  #turns = [];

  /** @param {{turnsMax?: number}} [options] */
  constructor({ turnsMax = TURNS_MAX } = {}) {
    this.turnsMax = turnsMax;
  }

  /** @returns {Entry[]} oldest first; not to be changed */
  get entries() {
    return this.#turns.map(({ entry }) => entry);
  }

  /** @returns {Entry | null} */
  get last() {
    return this.#turns.at(-1)?.entry ?? null;
  }

  /**
   * The first packet of a reply is here.
   * @param {number} session
   * @param {number} turn
   * @param {number} atMs page's clock
   * @returns {Entry | null} null: known already
   */
  arrived(session, turn, atMs) {
    const { known, entry } = this.#of(session, turn);
    if (known.arrived !== null) return null;
    known.arrived = atMs;
    return this.#rebuild(entry, known);
  }

  /**
   * The first sample of a reply sounds.
   * @param {number} session
   * @param {number} turn
   * @param {number} renderedMs page's clock: it left the player
   * @param {number} audibleMs page's clock: it left the loudspeaker
   * @returns {Entry | null} null: known already
   */
  sounded(session, turn, renderedMs, audibleMs) {
    const { known, entry } = this.#of(session, turn);
    if (known.audible !== null) return null;
    known.rendered = renderedMs;
    known.audible = audibleMs;
    return this.#rebuild(entry, known);
  }

  /**
   * @param {number} session
   * @param {number} turn
   * @param {string} name
   * @param {number} fromMs page's clock
   * @param {number} toMs
   * @returns {Entry}
   */
  toolRan(session, turn, name, fromMs, toMs) {
    const { entry } = this.#of(session, turn);
    entry.tools.push({ name, from_ms: fromMs, to_ms: Math.max(fromMs, toMs) });
    return entry;
  }

  /**
   * The gateway's account of a turn.
   * @param {number} session
   * @param {{turn: number, cut_off?: boolean, latency?: Record<string, unknown>,
   *   timeline?: Record<string, unknown>}} event `turn_complete`
   * @param {{offset_ms: number, error_ms: number} | null} clock of that moment
   * @returns {Entry}
   */
  completed(session, { turn, cut_off: cutOff = false, latency = {}, timeline = {} }, clock) {
    const { known, entry } = this.#of(session, turn);
    known.gateway = numbers(timeline, GATEWAY_POINTS);
    known.latency = numbers(latency, WIRE_FIELDS);
    known.clock = clock;
    entry.complete = true;
    entry.cut_off = cutOff;
    return this.#rebuild(entry, known);
  }

  /**
   * What is typical of a measure (`end_to_end_ms`) or a step (`network`) over the remembered
   * turns that are over, or null where it never happened.
   * @param {string} name
   * @returns {{count: number, average: number, p50: number, p95: number} | null}
   */
  summary(name) {
    const values = [];
    for (const { complete, steps, measures } of this.entries) {
      if (!complete) continue; // its steps are still to come
      const step = steps.find((each) => each.name === name);
      if (step) values.push(step.to_ms - step.from_ms);
      else if (Object.hasOwn(measures, name)) values.push(measures[name]);
    }
    if (values.length === 0) return null;
    values.sort((a, b) => a - b);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const [p50, p95] = [nearestRank(values, 50), nearestRank(values, 95)];
    return { count: values.length, average, p50, p95 };
  }

  /** The export: everything that is remembered, and what is typical of it. */
  toJSON() {
    const names = [
      ...STEPS.map(({ name }) => name),
      ...[...MEASURES, ...SHARES].map(({ field }) => field),
    ];
    const typical = names.map((name) => [name, this.summary(name)]);
    return {
      format: EXPORT_FORMAT,
      version: EXPORT_VERSION,
      units: 'ms',
      clock: 'performance.now() of the page',
      summary: Object.fromEntries(typical.filter(([, summary]) => summary !== null)),
      turns: this.entries,
    };
  }

  /**
   * @param {number} session
   * @param {number} turn
   */
  #of(session, turn) {
    const found = this.#turns.findLast(
      ({ entry }) => entry.session === session && entry.turn === turn,
    );
    if (found) return found;
    const made = { entry: newEntry(session, turn), known: newKnown() };
    this.#turns.push(made);
    if (this.#turns.length > this.turnsMax) this.#turns.shift();
    return made;
  }

  /**
   * @param {Entry} entry
   * @param {Known} known
   */
  #rebuild(entry, known) {
    const spoken = [known.gateway.speech_ended, known.latency.end_to_end_ms];
    entry.typed = entry.complete && spoken.every((time) => time === undefined);
    entry.synced = known.clock !== null;
    entry.clock_error_ms = known.clock?.error_ms ?? null;
    entry.steps = stepsOf(known);
    entry.measures = measuresOf(known);
    return entry;
  }
}

/**
 * @param {number} session
 * @param {number} turn
 * @returns {Entry}
 */
function newEntry(session, turn) {
  return {
    turn,
    session,
    typed: false,
    cut_off: false,
    complete: false,
    synced: false,
    clock_error_ms: null,
    steps: [],
    measures: {},
    tools: [],
  };
}

/** @returns {Known} */
function newKnown() {
  return { arrived: null, rendered: null, audible: null, gateway: {}, latency: {}, clock: null };
}

/**
 * The fields that are listed and hold a time.
 * @param {Record<string, unknown>} from
 * @param {readonly string[]} fields
 */
function numbers(from, fields) {
  /** @type {Record<string, number>} */
  const kept = {};
  for (const field of fields) {
    const value = from[field];
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) kept[field] = value;
  }
  return kept;
}

/**
 * @param {number[]} sorted ascending, not empty
 * @param {number} percent
 */
function nearestRank(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}
