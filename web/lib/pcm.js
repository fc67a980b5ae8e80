// @ts-check
// The two sample formats of the page: s16 on the wire (little-endian, mono) and float in [-1, 1]
// inside Web Audio. Decides only how one becomes the other; the scale is 32768 both ways, so s16
// survives a round trip.

/**
 * One float sample as s16. Clamps: +1.0 becomes 32767 and does not wrap to -32768. A value
 *   that is not a number
 * becomes silence.
 * @param {number} value
 * @returns {number}
 */
export function floatToS16(value) {
  const scaled = Math.round(value * 32768);
  if (scaled > 32767) return 32767;
  if (scaled < -32768) return -32768;
  return scaled || 0; // NaN and -0
}

/**
 * @param {number} sample -32768..32767
 * @returns {number} -1 to just below 1
 */
export function s16ToFloat(sample) {
  return sample / 32768;
}

/**
 * The samples of a binary frame. The wire is little-endian whatever the machine is; an odd
 *   last byte is half a
 * sample and is left out.
 * @param {ArrayBuffer} bytes
 * @returns {Int16Array}
 */
export function samplesOfBytes(bytes) {
  const count = bytes.byteLength >> 1;
  if (LITTLE_ENDIAN) return new Int16Array(bytes, 0, count);
  const view = new DataView(bytes);
  return Int16Array.from({ length: count }, (_, i) => view.getInt16(2 * i, true));
}

/**
 * The bytes of `samples` for a binary frame: a fresh buffer, little-endian.
 * @param {Int16Array} samples
 * @returns {ArrayBuffer}
 */
export function bytesOfSamples(samples) {
  const bytes = new ArrayBuffer(samples.length * 2);
  if (LITTLE_ENDIAN) {
    new Int16Array(bytes).set(samples);
    return bytes;
  }
  const view = new DataView(bytes);
  samples.forEach((sample, i) => view.setInt16(2 * i, sample, true));
  return bytes;
}

/**
 * The same without a copy where the machine allows it: the samples' own buffer, which must hold
 * nothing else, is given away.
 * @param {Int16Array} samples
 * @returns {ArrayBuffer}
 */
export function bytesWithoutCopy(samples) {
  return LITTLE_ENDIAN ? /** @type {ArrayBuffer} */ (samples.buffer) : bytesOfSamples(samples);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
