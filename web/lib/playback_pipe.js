// @ts-check
// The whole of the player but Web Audio: commands in, samples at the device's rate out, reports of
// what was really rendered, and the level of it for the microphone's echo guard. Decides when a
// report is due; playback_queue.js decides what sounds, ducking.js how loud. In steady state a
// block allocates nothing but, ten times a second, its report.

import { Ducking } from './ducking.js';
import { JitterBuffer } from './jitter_buffer.js';
import { PlaybackQueue, DOWNLINK_RATE_HZ } from './playback_queue.js';
import { Resampler } from './resample.js';
import { samplesOfBytes } from './pcm.js';

const REPORT_EVERY_S = 0.1;
const REFERENCE_EVERY_S = 0.01;

/**
 * @typedef {{type: "push", turn: number, bytes: ArrayBuffer} | {type: "end", turn: number}
 *   | {type: "flush", turn: number} | {type: "reset", session: number}
 *   | {type: "onset"} | {type: "release"} | {type: "ducking", db: number}} Command
 * @typedef {object} Rendered
 * @property {number} session
 * @property {string} cause started, tick, flushed, silent, ducked, restored
 * @property {number} time of the context, seconds: where the block's first sample stands in the
 *   output
 * @property {number} until the same of the first sample that `played` does not count
 * @property {number} rms of what came out since the last report
 * @property {boolean} ducked the reply is turned down
 *
 * @typedef {ReturnType<PlaybackQueue["stats"]> & Rendered} Report
 */

export class PlaybackPipe {
  /**
   * @param {number} deviceRateHz the context's rate; another than 24 kHz is resampled
   * @param {(rms: number, time: number) => void} [onReference] the level of what comes out, every
   *   10 ms while there is a reply to hear, and once 0 after it
   */
  constructor(deviceRateHz, onReference = () => {}) {
    this.jitter = new JitterBuffer();
    this.queue = new PlaybackQueue({ jitter: this.jitter });
    this.ducking = new Ducking(deviceRateHz);
    this.onReference = onReference;
    this.rate = deviceRateHz;
    this.resampler =
      deviceRateHz === DOWNLINK_RATE_HZ ? null : new Resampler(DOWNLINK_RATE_HZ, deviceRateHz);
    /** @type {Float32Array[]} by length: a block needs one of two or three lengths */
    this.inputs = [];
    this.fresh = new Float32Array(0); // just resampled
    this.pending = new Float32Array(0); // not yet handed out
    this.pendingCount = 0;
    this.session = 0;
    this.wasPlaying = false;
    this.trailing = 0; // output samples that still carry the end of a sound
    this.reportedAt = 0;
    this.energy = { sum: 0, count: 0 }; // since the last report
    this.reference = { sum: 0, count: 0, on: false };
  }

  /**
   * @param {Command} command
   * @param {number} time of the context, seconds
   * @returns {Report | null}
   */
  command(command, time) {
    switch (command.type) {
      case 'push':
        this.queue.push(command.turn, samplesOfBytes(command.bytes));
        return null;
      case 'end':
        this.queue.end(command.turn);
        return null;
      case 'onset':
        this.ducking.onset(time);
        return null;
      case 'release':
        this.ducking.release();
        return null;
      case 'ducking':
        this.ducking.setDepth(command.db);
        return null;
      case 'reset':
        this.session = command.session;
        this.jitter.reset();
        // Turns count from 1 again; what is known of the network stays.
        this.queue = new PlaybackQueue({ ring: this.queue.ring.memory, jitter: this.jitter });
        this.#mark(time);
        return null;
      case 'flush':
        this.queue.flush(command.turn);
        this.ducking.flushed(time);
        return this.#report('flushed', time, time);
      default:
        return null;
    }
  }

  /**
   * @param {Float32Array} output
   * @param {number} time of the context at the block's start, seconds
   * @returns {Report | null} where one is due
   */
  render(output, time) {
    if (this.resampler) this.#renderResampled(this.resampler, output);
    else this.queue.pull(output);
    const { sounding } = this.queue;
    this.#follow(output, sounding);
    const audible = sounding || this.trailing > 0;
    this.ducking.apply(output, time, audible);
    this.#measure(output, time, audible);

    const until = time + output.length / this.rate;
    const changed = sounding !== this.wasPlaying;
    this.wasPlaying = sounding;
    if (changed) return this.#report(sounding ? 'started' : 'silent', time, until);
    const { change } = this.ducking;
    this.ducking.change = '';
    if (change) return this.#report(change, time, until);
    const due = sounding && time - this.reportedAt >= REPORT_EVERY_S;
    return due ? this.#report('tick', time, until) : null;
  }

  /**
   * @param {Resampler} resampler
   * @param {Float32Array} output
   */
  #renderResampled(resampler, output) {
    const missing = output.length - this.pendingCount;
    if (missing > 0) {
      const need = resampler.inputNeeded(missing);
      const input = (this.inputs[need] ??= new Float32Array(need));
      this.queue.pull(input);
      const most = resampler.outputMax(need);
      if (this.fresh.length < most) this.fresh = new Float32Array(most);
      const made = resampler.process(input, this.fresh);
      if (this.pending.length < this.pendingCount + made)
        this.pending = grown(this.pending, this.pendingCount + most);
      for (let i = 0; i < made; i++) this.pending[this.pendingCount + i] = this.fresh[i];
      this.pendingCount += made;
    }
    for (let i = 0; i < output.length; i++) output[i] = this.pending[i];
    this.pending.copyWithin(0, output.length, this.pendingCount);
    this.pendingCount -= output.length;
  }

  /**
   * A resampled sound leaves a little later than it was pulled.
   * @param {Float32Array} output
   * @param {boolean} sounding
   */
  #follow(output, sounding) {
    if (sounding) this.trailing = Math.ceil(this.#delay * this.rate);
    else this.trailing = Math.max(0, this.trailing - output.length);
  }

  /** Seconds from a sample pulled to its place in the output. */
  get #delay() {
    if (!this.resampler) return 0;
    return this.resampler.taps / 2 / DOWNLINK_RATE_HZ + this.pendingCount / this.rate;
  }

  /**
   * @param {Float32Array} output
   * @param {number} time
   * @param {boolean} audible
   */
  #measure(output, time, audible) {
    const { energy, reference } = this;
    energy.count += output.length;
    if (!audible && !reference.on) return;
    reference.on = audible;
    let sum = 0;
    for (let i = 0; i < output.length; i++) sum += output[i] * output[i];
    energy.sum += sum;
    reference.sum += sum;
    reference.count += output.length;
    if (audible && reference.count < REFERENCE_EVERY_S * this.rate) return;
    this.onReference(audible ? Math.sqrt(reference.sum / reference.count) : 0, time);
    reference.sum = 0;
    reference.count = 0;
  }

  /**
   * @param {string} cause
   * @param {number} time
   * @param {number} until
   * @returns {Report}
   */
  #report(cause, time, until) {
    const { session, energy } = this;
    const rms = energy.count > 0 ? Math.sqrt(energy.sum / energy.count) : 0;
    this.#mark(time);
    const { ducked } = this.ducking;
    const delay = this.#delay;
    const rendered = { session, cause, time: time + delay, until: until + delay, rms, ducked };
    return { ...this.queue.stats(), ...rendered };
  }

  /** @param {number} time */
  #mark(time) {
    this.reportedAt = time;
    this.energy.sum = 0;
    this.energy.count = 0;
  }
}

/**
 * @param {Float32Array} old
 * @param {number} length
 */
function grown(old, length) {
  const larger = new Float32Array(length);
  larger.set(old);
  return larger;
}
