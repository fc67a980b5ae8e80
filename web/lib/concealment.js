// @ts-check
// What is heard when the samples run out: the last period of the sound goes on, fading away,
// instead of a click or a hole. Decides how the sound is continued; leaves to others how long the
// fade may be and what comes after.

import { LAG_MAX, LAG_MIN, WIDTH, bestLag } from './pitch.js';

/** Samples of the past that it looks at. */
export const HISTORY = WIDTH + LAG_MAX;
/** The continuation meets the last sample within 2.5 ms. */
const JOIN = 60;

export class Concealment {
  constructor() {
    this.period = new Float32Array(LAG_MAX);
    this.lag = 1;
    this.at = 0; // samples given since it began
    this.hold = 0; // of which this many at full level
    this.gain = 0;
    this.step = 1; // by which it falls after that, each sample
    this.jump = 0;
  }

  /** Whether there is still something to hear. */
  get active() {
    return this.gain > 0;
  }

  /** Nothing more is to be heard. */
  stop() {
    this.gain = 0;
  }

  /**
   * Whatever was planned, it is to be over soon.
   * @param {number} samples
   */
  endWithin(samples) {
    this.hold = 0;
    this.step = Math.max(this.step, this.gain / samples);
  }

  /**
   * @param {Float32Array} past the newest sample first; HISTORY long
   * @param {number} count how many of them are valid
   * @param {number} hold samples at full level
   * @param {number} fade samples in which it then fades out
   */
  begin(past, count, hold, fade) {
    this.at = 0;
    this.hold = hold;
    this.gain = 1;
    this.step = 1 / fade;
    const lagMax = Math.min(LAG_MAX, count >> 1);
    if (lagMax < LAG_MIN) {
      // Too little is known of the sound: its last value fades.
      this.lag = 1;
      this.period[0] = count > 0 ? past[0] : 0;
      this.jump = 0;
      return;
    }
    const width = Math.min(WIDTH, count - lagMax);
    // Read backwards, a sound repeats itself at the same distance.
    const lag = bestLag(past, width, LAG_MIN, lagMax);
    this.lag = lag;
    const blend = lag >> 2;
    for (let i = 0; i < lag; i++) {
      const last = past[lag - 1 - i];
      // Towards its end the period turns into the one before, whose next sample is its beginning.
      const toward = Math.max(0, (i - (lag - 1 - blend)) / blend);
      const earlier = 2 * lag - 1 - i < count ? past[2 * lag - 1 - i] : last;
      this.period[i] = last * (1 - toward) + earlier * toward;
    }
    this.jump = lag < count ? past[0] - past[lag] : 0;
  }

  /** @returns {number} the next sample; silence once the fade is over */
  next() {
    if (this.gain <= 0) return 0;
    const at = this.at++;
    if (at >= this.hold) {
      this.gain -= this.step;
      if (this.gain < 1e-6) {
        this.gain = 0;
        return 0;
      }
    }
    const join = at < JOIN ? this.jump * (1 - (at + 1) / (JOIN + 1)) : 0;
    return (this.period[at % this.lag] + join) * this.gain;
  }
}
