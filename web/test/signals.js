// @ts-check
// Signals with known answers, for the tests.

/**
 * @param {number} hz
 * @param {number} rateHz
 * @param {number} count
 * @param {number} [amplitude]
 */
export function sine(hz, rateHz, count, amplitude = 1) {
  return Float32Array.from(
    { length: count },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz),
  );
}

/**
 * Amplitude of the component at `hz` (a single-bin Fourier sum under a Hann window).
 * @param {ArrayLike<number>} samples
 * @param {number} hz
 * @param {number} rateHz
 */
export function amplitudeAt(samples, hz, rateHz) {
  let re = 0;
  let im = 0;
  let weight = 0;
  for (let i = 0; i < samples.length; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (samples.length - 1));
    const angle = (2 * Math.PI * hz * i) / rateHz;
    re += window * samples[i] * Math.cos(angle);
    im += window * samples[i] * Math.sin(angle);
    weight += window;
  }
  return (2 * Math.hypot(re, im)) / weight;
}

/**
 * What the samples hold beside a tone of amplitude 1: images, aliases, errors.
 * @param {Float32Array} samples
 * @param {number} hz
 * @param {number} rateHz
 * @returns {number} its amplitude as that of a sine, dB
 */
export function besideTone(samples, hz, rateHz) {
  const omega = (2 * Math.PI * hz) / rateHz;
  // The tone by least squares: two normal equations.
  let [cc, cs, ss, xc, xs] = [0, 0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const [c, s] = [Math.cos(omega * i), Math.sin(omega * i)];
    cc += c * c;
    cs += c * s;
    ss += s * s;
    xc += samples[i] * c;
    xs += samples[i] * s;
  }
  const determinant = cc * ss - cs * cs;
  const a = (xc * ss - xs * cs) / determinant;
  const b = (xs * cc - xc * cs) / determinant;
  let energy = 0;
  for (let i = 0; i < samples.length; i++) {
    energy += (samples[i] - a * Math.cos(omega * i) - b * Math.sin(omega * i)) ** 2;
  }
  return db(Math.sqrt((2 * energy) / samples.length));
}

/** @param {number} ratio of amplitudes */
export const db = (ratio) => 20 * Math.log10(Math.max(ratio, 1e-12));

/**
 * Runs a whole signal through something that appends to `output`.
 * @param {import("../lib/resample.js").Resampler} resampler
 * @param {Float32Array} input
 * @param {(at: number) => number} pieceLength
 */
export function resampled(resampler, input, pieceLength = () => 128) {
  const output = new Float32Array(resampler.outputMax(input.length) + 64);
  let written = 0;
  for (let at = 0; at < input.length;) {
    const piece = input.subarray(at, at + pieceLength(at));
    written += resampler.process(piece, output.subarray(written));
    at += piece.length;
  }
  return output.subarray(0, written);
}
