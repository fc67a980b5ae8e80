// @ts-check
// Makes speech a little shorter or longer without changing its pitch: now and then one period of
// the sound is blended into the next (shorter) or played once more (longer); everything between
// two such joins passes untouched, bit for bit. Decides where a join can be made unheard and keeps
// the rate of change within 6 %; leaves to others whether it is wanted at all.
//
// A join of a period P at 24 kHz, x[0] being the next sample, w rising from 0 to 1:
//   shorter: x[k] (1-w) + x[k+P] w for k < P, then x[2P]        2P samples become P
//   longer:  x[0..P), then x[k+P] (1-w) + x[k] w, then x[P]     P samples become 2P
// Both ends meet their neighbours, so there is no step anywhere.

import { LAG_MAX, LAG_MIN, WIDTH, bestLag, likeness } from './pitch.js';

/** Above about this, listeners begin to notice the tempo. */
export const RATE_MAX = 0.06;
/** A join is made where the sound repeats itself at least this well ... */
const LIKENESS_MIN = 0.7;
/** ... or where there is next to nothing to hear, -50 dBFS. */
const QUIET_RMS = 0.003;

/** After 5 ms of sound that cannot be joined, the next look. */
const RETRY_CREDIT = 120 * RATE_MAX;

/** Samples that must be at hand to look for a join. */
export const STRETCH_NEEDS = 2 * LAG_MAX;

export class TimeStretch {
  constructor() {
    /** The joined piece, and how much of it is valid. */
    this.piece = new Float32Array(STRETCH_NEEDS);
    this.length = 0;
    /** How many samples of the input the piece stands for. */
    this.consumes = 0;
    this.credit = 0; // samples by which the sound may be changed now
    this.dueAt = LAG_MIN; // looking for a join makes sense from this credit on
  }

  /**
   * Samples went by while stretching is wanted: they earn the right to change some.
   * @param {number} count
   */
  earn(count) {
    this.credit = Math.min(LAG_MAX, this.credit + count * RATE_MAX);
  }

  /** Stretching is not wanted any more. */
  rest() {
    this.credit = 0;
    this.dueAt = LAG_MIN;
  }

  /** Whether looking for a join can be worth the while. */
  get due() {
    return this.credit >= this.dueAt;
  }

  /**
   * Makes one join at the beginning of `x`, if the sound and the rate allow it: then `piece`
   * holds `length` samples that take the place of the first `consumes` of `x`.
   * @param {Float32Array} x STRETCH_NEEDS samples
   * @param {boolean} shorter
   * @returns {number} the period cut out or doubled; 0: none, nothing has changed
   */
  join(x, shorter) {
    const lag = bestLag(x, WIDTH, LAG_MIN, LAG_MAX);
    if (lag > this.credit) {
      this.dueAt = lag;
      return 0;
    }
    if (likeness(x, WIDTH, lag) < LIKENESS_MIN && !quiet(x, 2 * lag)) {
      this.dueAt = Math.min(LAG_MAX, this.credit + RETRY_CREDIT);
      return 0;
    }
    this.dueAt = LAG_MIN;
    const { piece } = this;
    if (!shorter) for (let k = 0; k < lag; k++) piece[k] = x[k];
    const at = shorter ? 0 : lag;
    for (let k = 0; k < lag; k++) {
      const weight = (k + 1) / (lag + 1);
      const toward = shorter ? weight : 1 - weight;
      piece[at + k] = x[k] * (1 - toward) + x[k + lag] * toward;
    }
    this.length = at + lag;
    this.consumes = shorter ? 2 * lag : lag;
    this.credit -= lag;
    return lag;
  }
}

/**
 * @param {Float32Array} x
 * @param {number} count
 */
function quiet(x, count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += x[i] * x[i];
  return sum < QUIET_RMS * QUIET_RMS * count;
}
