// @ts-check
// How loud a piece of audio is. Decides nothing about speech beyond the plain energy threshold,
// which serves the meter; who has the floor is the gateway's decision.

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
