// @ts-check
// How the gateway's session clock stands to the page's own. Decides which of the last round trips
// to believe, and says how far that can be wrong; sends nothing and reads no clock.
//
// One ping gives one interval: the gateway read its clock somewhere between sending and receiving,
// so the offset is the middle, and the error at most half the round trip, however lopsided the
// way (RFC 5905 section 8). An answer that was held up on one way only therefore has a wide
// interval and loses to a quick one. Clocks drift apart, so a sample's bound grows with its age.

/** Quartz clocks are within 50 ppm each; 100 ppm apart are 6 ms a minute. */
export const DRIFT_PER_MS = 100e-6;
const SAMPLES_MAX = 16;

/**
 * @typedef {object} Sample
 * @property {number} offsetMs what to add to the page's time to get the gateway's
 * @property {number} roundTripMs
 * @property {number} atMs of the page's clock: when the answer came
 */

export class ClockSync {
  /** @type {Sample[]} oldest first */
  #samples = [];

  /** @param {{samplesMax?: number}} [options] */
  constructor({ samplesMax = SAMPLES_MAX } = {}) {
    this.samplesMax = samplesMax;
  }

  /** Another session has another clock. */
  reset() {
    this.#samples = [];
  }

  /**
   * One answered ping.
   * @param {number} sentMs page's clock
   * @param {number} receivedMs page's clock
   * @param {number} remoteMs the gateway's clock, read in between
   * @returns {boolean} false: these three cannot be true, and were not taken
   */
  add(sentMs, receivedMs, remoteMs) {
    const roundTripMs = receivedMs - sentMs;
    if (![sentMs, receivedMs, remoteMs].every(Number.isFinite) || roundTripMs < 0) return false;
    const sample = {
      offsetMs: remoteMs - (sentMs + receivedMs) / 2,
      roundTripMs,
      atMs: receivedMs,
    };
    // Two intervals that do not meet: one clock stood still in between, as the page's does in
    // some browsers while the machine sleeps. What was known before is void.
    const best = this.#best(receivedMs);
    if (best) {
      const apart = Math.abs(best.offsetMs - sample.offsetMs);
      if (apart > errorOf(best, receivedMs) + errorOf(sample, receivedMs)) this.#samples = [];
    }
    this.#samples.push(sample);
    if (this.#samples.length > this.samplesMax) this.#samples.shift();
    return true;
  }

  /**
   * The best that is known at `nowMs`, or null before the first answer.
   * @param {number} nowMs page's clock
   * @returns {{offset_ms: number, round_trip_ms: number, error_ms: number} | null}
   */
  estimate(nowMs) {
    const best = this.#best(nowMs);
    if (!best) return null;
    return {
      offset_ms: best.offsetMs,
      round_trip_ms: best.roundTripMs,
      error_ms: errorOf(best, nowMs),
    };
  }

  /**
   * A time of the gateway's session clock on the page's clock, or null before the first answer.
   * @param {number} remoteMs
   * @param {number} nowMs page's clock
   * @returns {number | null}
   */
  toPage(remoteMs, nowMs) {
    const best = this.#best(nowMs);
    return best ? remoteMs - best.offsetMs : null;
  }

  /**
   * The sample with the smallest possible error; of equal ones the newest.
   * @param {number} nowMs
   * @returns {Sample | null}
   */
  #best(nowMs) {
    let best = null;
    for (const sample of this.#samples) {
      if (!best || errorOf(sample, nowMs) <= errorOf(best, nowMs)) best = sample;
    }
    return best;
  }
}

/**
 * @param {Sample} sample
 * @param {number} nowMs
 */
function errorOf(sample, nowMs) {
  return sample.roundTripMs / 2 + Math.max(0, nowMs - sample.atMs) * DRIFT_PER_MS;
}
