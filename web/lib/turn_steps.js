// @ts-check
// The steps and the measures of one turn, from the times that are known of it, all on the page's
// own clock. Decides what can be believed; remembers nothing.
//
//   speech ended - decision - decided - model - first audio - gateway - forwarded -
//     network - arrived - buffer - rendered - speaker - audible
//
// A step whose ends are not both known is left out. No step is negative: where clocks or causes
// run backwards (the model may answer before the gateway's gate has decided) it is zero and
// `clamped`.

/** @typedef {import("./latency.js").StepName} StepName */
/**
 * @typedef {object} Step
 * @property {StepName} name
 * @property {number} from_ms of the page's clock
 * @property {number} to_ms
 * @property {true} [clamped] it came out negative, and was set to zero
 */
/**
 * What is known of a turn so far; times of the page's clock but for those of `gateway`.
 * @typedef {object} Known
 * @property {number | null} arrived
 * @property {number | null} rendered
 * @property {number | null} audible
 * @property {Record<string, number>} gateway
 * @property {Record<string, number>} latency
 * @property {{offset_ms: number, error_ms: number} | null} clock
 */

/**
 * @param {Known} known
 * @returns {Step[]} in the order of STEPS (latency.js)
 */
export function stepsOf(known) {
  const { speech_ended: ended, decided, sent, first_byte: byte } = known.gateway;
  const { first_audio: audio = byte, forwarded } = known.gateway;
  const { toPage, late } = placing(known);
  const { arrived, rendered, audible, early } = sounding(known);
  /** @param {number | undefined} time */
  const at = (time) => (time === undefined ? null : toPage(time));
  const asked = decided ?? sent;
  /** @type {[StepName, number | null, number | null][]} */
  const wanted = [
    ['decision', at(ended), at(decided)],
    ['model', at(asked), at(audio)],
    ['gateway', at(known.gateway.first_audio), at(forwarded)],
    ['network', known.clock ? at(forwarded) : null, arrived],
    ['buffer', arrived, rendered],
    ['speaker', rendered, audible],
  ];
  /** @type {Set<StepName>} moved as a whole, so that it came out as zero */
  const pushed = new Set();
  if (late) pushed.add('network');
  if (early) pushed.add('buffer');
  const steps = [];
  for (const [name, from, to] of wanted) {
    if (from === null || to === null) continue;
    /** @type {Step} */
    const step = { name, from_ms: from, to_ms: Math.max(from, to) };
    if (to < from || pushed.has(name)) step.clamped = true;
    steps.push(step);
  }
  return steps;
}

/**
 * Where the gateway's times stand on the page's clock. What was forwarded cannot have arrived
 * before: where the compared clocks say so, all of the gateway's times move together, for their
 * distances are exact. Without compared clocks they end where the first packet arrived.
 * @param {Known} known
 * @returns {{toPage: (time: number) => number | null, late: boolean}}
 */
function placing({ gateway, clock, arrived }) {
  const { forwarded } = gateway;
  if (!clock) {
    const shift = arrived === null || forwarded === undefined ? null : arrived - forwarded;
    return { toPage: (time) => (shift === null ? null : time + shift), late: false };
  }
  const shift = -clock.offset_ms;
  const behind =
    arrived === null || forwarded === undefined ? 0 : Math.max(0, forwarded + shift - arrived);
  return { toPage: (time) => time + shift - behind, late: behind > 0 };
}

/**
 * When the page had the reply and when it sounded. The first sample's time is worked out from a
 * report that came later, past stretching and concealment; it cannot lie before its arrival.
 * @param {Known} known
 */
function sounding({ arrived, rendered, audible }) {
  const behind = arrived === null || rendered === null ? 0 : Math.max(0, arrived - rendered);
  /** @param {number | null} time */
  const moved = (time) => (time === null ? null : time + behind);
  return { arrived, rendered: moved(rendered), audible: moved(audible), early: behind > 0 };
}

/**
 * What the page alone can know, beside the gateway's own figures.
 * @param {Known} known
 * @returns {Record<string, number>}
 */
export function measuresOf(known) {
  const { latency, gateway, clock } = known;
  const { arrived, audible } = sounding(known);
  /** @type {Record<string, number>} */
  const measures = { ...latency };
  if (arrived === null || audible === null) return measures;
  measures.playback_ms = Math.max(0, audible - arrived);
  const ended = gateway.speech_ended;
  const from = clock && ended !== undefined ? placing(known).toPage(ended) : null;
  if (from !== null) measures.voice_to_voice_ms = Math.max(0, audible - from);
  return measures;
}
