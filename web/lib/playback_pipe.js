// @ts-check
// The whole of the player but Web Audio: commands in, samples at the device's rate out, and
// reports of what was really rendered. Decides when a report is due; the queue decides what
// sounds.

import { PlaybackQueue, DOWNLINK_RATE_HZ } from './playback_queue.js';
import { Resampler } from './resample.js';
import { samplesOfBytes } from './pcm.js';

const REPORT_EVERY_S = 0.1;

/**
 * @typedef {{type: "push", turn: number, bytes: ArrayBuffer} | {type: "end", turn: number}
 *   | {type: "flush", turn: number} | {type: "reset", session: number}} Command
 * @typedef {ReturnType<PlaybackQueue["stats"]> & {session: number, cause: string, time:
 *   number, rms: number}} Report
 *   `cause`: started, tick, flushed, silent; `time`: of the context, seconds; `rms`: of what came
 *   out since the last report
 */

export class PlaybackPipe {
  /** @param {number} deviceRateHz the context's rate; another than 24 kHz is resampled */
  constructor(deviceRateHz) {
    this.queue = new PlaybackQueue();
    this.rate = deviceRateHz;
    this.resampler =
      deviceRateHz === DOWNLINK_RATE_HZ ? null : new Resampler(DOWNLINK_RATE_HZ, deviceRateHz);
    this.pulled = new Float32Array(0);
    this.pending = new Float32Array(0); // resampled, not yet handed out
    this.pendingCount = 0;
    this.session = 0;
    this.wasPlaying = false;
    this.reportedAt = 0; // of the last report: time, samples pulled, energy so far
    this.reportedClock = 0;
    this.reportedEnergy = 0;
  }

  /**
   * @param {Command} command
   * @param {number} time of the context, seconds
   * @returns {Report | null}
   */
  command(command, time) {
    if (command.type === 'push') this.queue.push(command.turn, samplesOfBytes(command.bytes));
    if (command.type === 'end') this.queue.end(command.turn);
    if (command.type === 'reset') {
      this.session = command.session;
      this.queue = new PlaybackQueue({ ring: this.queue.ring }); // turns count from 1 again
      this.#mark(time);
    }
    if (command.type !== 'flush') return null;
    this.queue.flush(command.turn);
    return this.#report('flushed', time);
  }

  /**
   * @param {Float32Array} output
   * @param {number} time of the context at the block's start, seconds
   * @returns {Report | null} where one is due
   */
  render(output, time) {
    if (this.resampler) this.#renderResampled(this.resampler, output);
    else this.queue.pull(output);
    const { playing, tailLeft } = this.queue;
    const sounding = playing || tailLeft > 0;
    const changed = sounding !== this.wasPlaying;
    this.wasPlaying = sounding;
    if (changed) return this.#report(sounding ? 'started' : 'silent', time);
    return sounding && time - this.reportedAt >= REPORT_EVERY_S ? this.#report('tick', time) : null;
  }

  /**
   * @param {Resampler} resampler
   * @param {Float32Array} output
   */
  #renderResampled(resampler, output) {
    if (this.pendingCount < output.length) {
      const need = resampler.inputNeeded(output.length - this.pendingCount);
      if (this.pulled.length < need) this.pulled = new Float32Array(need);
      const input = this.pulled.subarray(0, need);
      this.queue.pull(input);
      const most = this.pendingCount + resampler.outputMax(need);
      if (this.pending.length < most) this.pending = grown(this.pending, most);
      this.pendingCount += resampler.process(input, this.pending.subarray(this.pendingCount));
    }
    output.set(this.pending.subarray(0, output.length));
    this.pending.copyWithin(0, output.length, this.pendingCount);
    this.pendingCount -= output.length;
  }

  /**
   * @param {string} cause
   * @param {number} time
   * @returns {Report}
   */
  #report(cause, time) {
    const stats = this.queue.stats();
    const samples = stats.clock - this.reportedClock;
    const rms = samples > 0 ? Math.sqrt((stats.energy - this.reportedEnergy) / samples) : 0;
    this.#mark(time);
    return { ...stats, session: this.session, cause, time, rms };
  }

  /** @param {number} time */
  #mark(time) {
    this.reportedAt = time;
    this.reportedClock = this.queue.clock;
    this.reportedEnergy = this.queue.energy;
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
