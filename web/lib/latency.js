// @ts-check
// The names of what is measured of a turn, and how a millisecond is written. The figures are in
// turn_timeline.js; MEASURES are those of the tutorial this project grew out of, and the gateway
// measures them (docs/wire-browser.md, `latency`).

/** @typedef {"decision" | "model" | "gateway" | "network" | "buffer" | "speaker"} StepName */

/** @type {readonly {name: StepName, label: string, hint: string}[]} in their order */
export const STEPS = Object.freeze([
  {
    name: 'decision',
    label: 'Deciding you had finished',
    hint: 'From the last voiced frame to the decision that your speech had ended.',
  },
  {
    name: 'model',
    label: 'Model',
    hint: 'From that decision, or from the typed line, to the first audio of the reply.',
  },
  {
    name: 'gateway',
    label: 'Gateway',
    hint: "From the model's first audio to the same audio handed to this page's socket.",
  },
  {
    name: 'network',
    label: 'Network',
    hint: "From the gateway's socket to this page, by clocks that were compared over pings.",
  },
  {
    name: 'buffer',
    label: 'Jitter buffer',
    hint: 'From the arrival of the first packet to its first sample leaving the player.',
  },
  {
    name: 'speaker',
    label: 'Sound card',
    hint: 'From the player to the ear, as far as the browser knows its own output latency.',
  },
]);

/**
 * @typedef {object} Measure
 * @property {string} field
 * @property {string} label
 * @property {string} hint one sentence
 */

/** @type {readonly Measure[]} the tutorial's three, under its names */
export const MEASURES = Object.freeze([
  {
    field: 'first_packet_ms',
    label: 'First packet response',
    hint: 'From the last speech sent to the model to the first byte of its reply.',
  },
  {
    field: 'end_to_end_ms',
    label: 'End-to-end latency',
    hint: 'From the end of your speech to the first reply audio sent to this page.',
  },
  {
    field: 'continuous_ms',
    label: 'Continuous conversation latency',
    hint: "The median gap between pieces of the reply's audio.",
  },
]);

/** @type {readonly Measure[]} */
export const SHARES = Object.freeze([
  {
    field: 'decision_ms',
    label: 'Deciding you had finished',
    hint: 'Part of end-to-end: the pause the gateway waits for.',
  },
  {
    field: 'gateway_ms',
    label: "Gateway's own share",
    hint: 'What the gateway itself added to the first audio.',
  },
  {
    field: 'playback_ms',
    label: 'Playback in this page',
    hint: 'From the first packet here to the first sound: the buffer and the sound card.',
  },
  {
    field: 'voice_to_voice_ms',
    label: 'Voice to voice',
    hint: 'From the end of your speech to the first sound you can hear: everything together.',
  },
]);

/**
 * Milliseconds as a person reads them: "93 ms", "0.2 ms", "1.24 s".
 * @param {number} ms
 */
export function formatMs(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 10 && !Number.isInteger(ms)) return `${ms.toFixed(1)} ms`;
  return `${Math.round(ms)} ms`;
}
