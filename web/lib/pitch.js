// @ts-check
// Finds at which distance a sound repeats itself, by normalised cross-correlation. Decides only
// the lag; what is cut out, doubled or continued with it is for others to say.

/** From 400 Hz down to 67 Hz at 24 kHz: the range of speaking voices. */
export const LAG_MIN = 60;
export const LAG_MAX = 360;
/** Compared over 10 ms, a period of a low voice or several of a high one. */
export const WIDTH = 240;

const STRIDE = 4;

/**
 * How alike x[0..width) and x[lag..lag+width) are: 1 the same shape, 0 nothing in common, -1
 * upside down. Silence is like silence.
 * @param {Float32Array} x
 * @param {number} width
 * @param {number} lag
 * @param {number} [stride] looks at every n-th sample only
 * @returns {number}
 */
export function likeness(x, width, lag, stride = 1) {
  let both = 0;
  let one = 0;
  let other = 0;
  for (let i = 0; i < width; i += stride) {
    const a = x[i];
    const b = x[i + lag];
    both += a * b;
    one += a * a;
    other += b * b;
  }
  if (one < 1e-9 && other < 1e-9) return 1;
  return one === 0 || other === 0 ? 0 : both / Math.sqrt(one * other);
}

/**
 * The lag at which x repeats itself best: every fourth lag first, then the neighbours of the best.
 * @param {Float32Array} x at least width + lagMax samples
 * @param {number} width
 * @param {number} lagMin
 * @param {number} lagMax
 * @returns {number}
 */
export function bestLag(x, width, lagMin, lagMax) {
  let best = lagMin;
  let most = -2;
  for (let lag = lagMin; lag <= lagMax; lag += STRIDE) {
    const value = likeness(x, width, lag, STRIDE);
    if (value > most + 1e-6) {
      most = value;
      best = lag;
    }
  }
  const from = Math.max(lagMin, best - STRIDE + 1);
  const to = Math.min(lagMax, best + STRIDE - 1);
  most = -2;
  for (let lag = from; lag <= to; lag++) {
    const value = likeness(x, width, lag);
    if (value > most) {
      most = value;
      best = lag;
    }
  }
  return best;
}
