// @ts-check
// What the player's reports say about the conversation: how much the person has heard, which the
// gateway is told, when a reply began to sound, and how a barge-in goes. Decides when a report is
// worth a message; what sounds is the player's.

import { say } from './protocol.js';

const PLAYBACK_EVERY_MS = 200;
const SAMPLES_PER_MS = 24;

/**
 * What is read of a report (playback_pipe.js, speaker.js). A player that knows nothing of its
 * device's delay leaves `heard`, `heardOf` and `at_ms` out.
 * @typedef {object} Report
 * @property {number} session
 * @property {string} cause
 * @property {boolean} [playing]
 * @property {number} played
 * @property {number} [playingTurn]
 * @property {[number, number][]} [playedOf]
 * @property {number} [heard]
 * @property {[number, number][]} [heardOf]
 * @property {number} [time] of the context, seconds: when the reported block began
 * @property {number} [until] and when what `played` counts ended
 * @property {number} [at_ms] of the page's clock: when that block becomes audible
 * @property {number} [latency_ms] from the player to the ear
 */
/**
 * @typedef {object} Parts
 * @property {import("./turn_timeline.js").TurnTimeline} timeline
 * @property {(type: string, detail: object) => void} tell
 * @property {(message: (received?: number) => string) => boolean} send false: nobody is there
 * @property {() => number} now ms
 * @property {() => number} outputDelayMs of the sound device, as far as it is known
 */

export class PlaybackReporter {
  #session = 0;
  #sentAt = 0;
  #sent = 0;
  #heard = 0;
  #ducked = 0; // the turn that has been lowered
  /** @type {Set<number>} turns of this session that have begun to sound */
  #sounded = new Set();

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** @param {number} session the number that its reports carry */
  newSession(session) {
    this.#session = session;
    this.#sent = this.#heard = this.#ducked = 0;
    this.#sounded.clear();
  }

  /** The session goes on: says what could not be said meanwhile. */
  resumed() {
    this.#tellHeard(this.#heard, false);
  }

  /** @param {Report} report */
  report(report) {
    this.parts.tell('playback', report);
    if (report.session !== this.#session) return;
    this.#placeFirstSamples(report);
    this.#followBargeIn(report);
    this.#tellHeard(report.heard ?? report.played, report.cause === 'tick');
  }

  /**
   * The gateway has cut a reply off.
   * @param {number} turn
   * @param {boolean} byHand whether the person had stopped it already
   */
  interrupted(turn, byHand) {
    if (this.#ducked === 0 && !byHand) this.parts.tell('barge_in', { state: 'confirmed', turn });
    else this.#endDuck('confirmed');
  }

  /** @param {Report} report */
  #placeFirstSamples(report) {
    const { now, outputDelayMs, timeline, tell } = this.parts;
    const { latency_ms: delayMs = outputDelayMs(), time = 0, until = time } = report;
    const audibleUntil = (report.at_ms ?? now() + delayMs) + 1000 * (until - time);
    for (const [turn, samples] of report.playedOf ?? []) {
      if (samples <= 0 || this.#sounded.has(turn)) continue;
      this.#sounded.add(turn);
      // The report may be one of a tick long after: the first sample was that much earlier.
      const audible = audibleUntil - samples / SAMPLES_PER_MS;
      const entry = timeline.sounded(this.#session, turn, audible - delayMs, audible);
      if (entry) tell('timeline', { entry });
    }
  }

  /** @param {Report} report */
  #followBargeIn({ cause, playingTurn = 0 }) {
    if (cause === 'ducked' && this.#ducked === 0) {
      this.#ducked = playingTurn;
      this.parts.tell('barge_in', { state: 'ducked', turn: playingTurn });
    }
    if (cause === 'restored' || cause === 'silent') this.#endDuck('restored');
    if (cause === 'flushed') this.#endDuck('confirmed');
  }

  /** @param {"restored" | "confirmed"} state */
  #endDuck(state) {
    const turn = this.#ducked;
    this.#ducked = 0;
    if (turn > 0) this.parts.tell('barge_in', { state, turn });
  }

  /**
   * @param {number} heard samples of this session
   * @param {boolean} mayWait
   */
  #tellHeard(heard, mayWait) {
    const now = this.parts.now();
    this.#heard = heard;
    if (heard === this.#sent || (mayWait && now - this.#sentAt < PLAYBACK_EVERY_MS)) return;
    if (!this.parts.send((received) => say.playback(heard, received))) return;
    this.#sentAt = now;
    this.#sent = heard;
  }
}
