// @ts-check
// Changes the rate of a mono float stream, band-limited: a Kaiser-windowed sinc, evaluated only
// where output samples fall (polyphase). Keeps its state between calls, so the result does not
// depend on how the stream was cut. Decides nothing about formats or packets.
//
// Figures, measured by test/resample.test.js at every rate a device has: content above the lower
// of the two Nyquist frequencies comes out at -75 dB or less (the test asks for -60), and the pass
// band is flat within 0.001 dB up to 0.9 of it (the test asks for 0.05). 48 kHz to 16 kHz costs
// one percent of a core.

const ATTENUATION_DB = 75;
/**
 * The pass band, as a part of the lower Nyquist frequency; the rest, up to 1, is the filter's
 * slope.
 */
const PASS_BAND = 0.9;
/**
 * Rate pairs with more phases than this read between stored ones (44.1 kHz to 16 kHz has 160,
 * 11.025 has 640).
 */
const PHASES_MAX = 1024;

export const RATE_MIN_HZ = 8000;
export const RATE_MAX_HZ = 192000;

export class Resampler {
  /**
   * @param {number} fromHz RATE_MIN_HZ..RATE_MAX_HZ, whole
   * @param {number} toHz RATE_MIN_HZ..RATE_MAX_HZ, whole
   */
  constructor(fromHz, toHz) {
    for (const rate of [fromHz, toHz]) {
      if (!Number.isInteger(rate) || rate < RATE_MIN_HZ || rate > RATE_MAX_HZ) {
        throw new RangeError(
          `a rate of ${rate} Hz is not a whole number from ${RATE_MIN_HZ} to ${RATE_MAX_HZ}`,
        );
      }
    }
    const divisor = gcd(fromHz, toHz);
    /** Output k lies at input position k * step / phases. */
    this.step = fromHz / divisor;
    this.phases = toHz / divisor;
    this.same = fromHz === toHz;

    const nyquist = Math.min(fromHz, toHz) / 2;
    const slope = (2 * Math.PI * nyquist * (1 - PASS_BAND)) / fromHz; // radians per input sample
    // Kaiser's estimate of the length.
    const length = this.same ? 1 : (ATTENUATION_DB - 7.95) / (2.285 * slope) + 1;
    this.taps = 2 * Math.ceil(length / 2);
    this.stored = Math.min(this.phases, PHASES_MAX);
    const cutoff = (nyquist * (1 + PASS_BAND)) / 2 / fromHz; // cycles per input sample
    this.table = this.same ? new Float32Array(0) : designTable(this.taps, this.stored, cutoff);
    this.history = new Float32Array(this.taps + 4096);
    // Half a filter of silence stands before the first sample, so output 0 is centred on input 0.
    this.held = this.same ? 0 : this.taps / 2 - 1;
    // The next output's distance, in 1/phases, from the middle of the window at index 0.
    this.phase = 0;
  }

  /**
   * How many further input samples it takes to make `count` output samples.
   * @param {number} count
   * @returns {number}
   */
  inputNeeded(count) {
    if (this.same || count <= 0) return Math.max(0, count);
    const last = Math.floor((this.phase + (count - 1) * this.step) / this.phases);
    return Math.max(0, last + this.taps - this.held);
  }

  /**
   * At most how many output samples `count` more input samples can give.
   * @param {number} count
   * @returns {number}
   */
  outputMax(count) {
    return Math.ceil(((count + 1) * this.phases) / this.step) + 1;
  }

  /**
   * @param {Float32Array} input any length
   * @param {Float32Array} output room for outputMax(input.length) samples
   * @returns {number} how many samples were written
   */
  process(input, output) {
    if (this.same) {
      output.set(input);
      return input.length;
    }
    let written = 0;
    for (let at = 0; at < input.length;) {
      const room = this.history.length - this.held;
      // A whole block is taken as it is: no view is made in the worklet's steady state.
      const piece = at === 0 && input.length <= room ? input : input.subarray(at, at + room);
      this.history.set(piece, this.held);
      this.held += piece.length;
      at += piece.length;
      written += this.#drain(output, written);
    }
    return written;
  }

  /**
   * @param {Float32Array} output
   * @param {number} offset
   * @returns {number}
   */
  #drain(output, offset) {
    let start = 0;
    let count = 0;
    while (start + this.taps <= this.held) {
      output[offset + count++] = this.#convolve(start);
      this.phase += this.step;
      start += Math.floor(this.phase / this.phases);
      this.phase %= this.phases;
    }
    // One step is always shorter than the filter (at most 24 samples, of hundreds), so start <=
    // held here.
    this.history.copyWithin(0, start, this.held);
    this.held -= start;
    return count;
  }

  /**
   * @param {number} start index of the window's first sample
   * @returns {number}
   */
  #convolve(start) {
    const { history, table, taps } = this;
    const position = (this.phase * this.stored) / this.phases;
    const row = Math.floor(position);
    const between = position - row;
    const base = row * taps;
    let sum = 0;
    for (let i = 0; i < taps; i++) sum += history[start + i] * table[base + i];
    if (between === 0) return sum;
    let next = 0;
    for (let i = 0; i < taps; i++) next += history[start + i] * table[base + taps + i];
    return sum + between * (next - sum);
  }
}

/**
 * One row of coefficients per phase, and one more for reading between rows; each row sums to 1.
 * @param {number} taps even
 * @param {number} phases
 * @param {number} cutoff cycles per input sample
 * @returns {Float32Array}
 */
function designTable(taps, phases, cutoff) {
  const beta = 0.1102 * (ATTENUATION_DB - 8.7); // Kaiser, for more than 50 dB
  const half = taps / 2;
  const scale = besselI0(beta);
  const table = new Float32Array((phases + 1) * taps);
  for (let phase = 0; phase <= phases; phase++) {
    const row = table.subarray(phase * taps, (phase + 1) * taps);
    let sum = 0;
    for (let i = 0; i < taps; i++) {
      const x = i - (half - 1) - phase / phases; // input samples from the output's place
      const edge = 1 - (x / half) ** 2;
      const window =
        edge > 0 ? besselI0(beta * Math.sqrt(edge)) / scale : edge === 0 ? 1 / scale : 0;
      const angle = 2 * Math.PI * cutoff * x;
      row[i] = 2 * cutoff * (angle === 0 ? 1 : Math.sin(angle) / angle) * window;
      sum += row[i];
    }
    for (let i = 0; i < taps; i++) row[i] /= sum;
  }
  return table;
}

/**
 * The modified Bessel function of order 0, by its power series.
 * @param {number} x
 * @returns {number}
 */
function besselI0(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function gcd(a, b) {
  return b === 0 ? a : gcd(b, a % b);
}
