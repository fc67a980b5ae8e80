// @ts-check
// How loud a piece of audio is. Decides nothing about speech beyond the plain energy threshold,
// which serves the meter; speech is energy_vad.js, who has the floor is the gateway's decision.

/** What silence reads as, dBFS: a finite floor keeps meters and averages finite. */
export const SILENCE_DBFS = -120;

/**
 * RMS, as a fraction of full scale, above which the plain energy detector says "somebody speaks".
 */
export const SPEECH_RMS = 0.015;

/**
 * Root mean square of float samples, 0..1; 0 for none.
 * @param {ArrayLike<number>} samples in [-1, 1]
 * @returns {number}
 */
export function rms(samples) {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] * samples[i];
  return Math.sqrt(sum / samples.length);
}

/**
 * The same of s16 samples.
 * @param {Int16Array} samples
 * @returns {number}
 */
export function rmsOfS16(samples) {
  return rms(samples) / 32768;
}

/**
 * A root mean square in dBFS: 0 for a full-scale square wave, -3.01 for a full-scale sine.
 * @param {number} value 0..1
 * @returns {number} SILENCE_DBFS..0
 */
export function dbfs(value) {
  if (!(value > 0)) return SILENCE_DBFS;
  return Math.max(SILENCE_DBFS, 20 * Math.log10(value));
}

/**
 * Where a meter stands for this level: 0 at `floorDbfs` and below, 1 at 0 dBFS, linear in dB
 *   between.
 * @param {number} value RMS, 0..1
 * @param {number} [floorDbfs]
 * @returns {number} 0..1
 */
export function meterPosition(value, floorDbfs = -60) {
  return Math.min(1, Math.max(0, 1 - dbfs(value) / floorDbfs));
}

/**
 * The plain energy detector, the fallback where no better one listens.
 * @param {number} value RMS, 0..1
 * @param {number} [threshold]
 * @returns {boolean}
 */
export function isLoud(value, threshold = SPEECH_RMS) {
  return value > threshold;
}

/**
 * The level of consecutive frames without what lies below the voice: direct current, mains hum and
 * rumble do not count. (A Butterworth high-pass of second order.)
 */
export class VoiceBandMeter {
  /**
   * @param {number} rateHz
   * @param {number} frameSamples
   * @param {number} [cutoffHz] a low voice begins at 85 Hz, but its energy lies in the harmonics
   */
  constructor(rateHz, frameSamples, cutoffHz = 120) {
    const w = Math.tan((Math.PI * cutoffHz) / rateHz);
    this.gain = 1 / (1 + Math.SQRT2 * w + w * w);
    this.a1 = 2 * this.gain * (w * w - 1);
    this.a2 = this.gain * (1 - Math.SQRT2 * w + w * w);
    this.z1 = 0;
    this.z2 = 0;
    this.frameSamples = frameSamples;
    this.held = 0;
    this.energy = 0;
    /** dBFS of the last whole frame. */
    this.level = SILENCE_DBFS;
  }

  /**
   * @param {number} sample
   * @returns {boolean} whether a frame became whole with it; `level` is its level then
   */
  add(sample) {
    const value = Number.isFinite(sample) ? sample : 0;
    const out = this.gain * value + this.z1;
    this.z1 = -2 * this.gain * value - this.a1 * out + this.z2;
    this.z2 = this.gain * value - this.a2 * out;
    this.energy += out * out;
    if (++this.held < this.frameSamples) return false;
    this.level = dbfs(Math.sqrt(this.energy / this.frameSamples));
    this.held = 0;
    this.energy = 0;
    return true;
  }
}
