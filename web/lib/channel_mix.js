// @ts-check
// Several channels of a microphone as one. Arrays and audio interfaces come as streams of 3 to 12
// channels, the voice on any of them: the browser's own mixing keeps the first one alone where it
// knows no speaker layout, and an average of twelve makes a voice 22 dB quieter.
//
// Decides how loud each channel is in the mix: by its share of the energy, which follows a voice
// within some 10 ms and fades out slowly. Equal channels are averaged. Leaves all else to others.

/** Of the way to a block's energy that the measure goes in that block, of 128 samples. */
const RISE = 0.4;
const FALL = 0.02;
/** A channel below it (-100 dBFS) is as good as silent. */
const SILENCE = 1e-10;

export class ChannelMix {
  /** @type {Float64Array} smoothed, per channel */
  #energy = new Float64Array(0);
  /** @type {Float64Array} at the end of the last block */
  #share = new Float64Array(0);
  #mixed = new Float32Array(0);

  /**
   * @param {readonly Float32Array[]} channels of equal length; none is silence
   * @param {number} samples their length
   * @returns {Float32Array} one channel; valid until the next call
   */
  mix(channels, samples) {
    const count = channels.length;
    if (this.#mixed.length !== samples) this.#mixed = new Float32Array(samples);
    if (this.#energy.length !== count) {
      this.#energy = new Float64Array(count);
      this.#share = new Float64Array(count).fill(1 / Math.max(count, 1));
    }
    this.#mixed.fill(0);
    if (samples === 0) return this.#mixed;
    const total = this.#measure(channels, samples);
    for (let c = 0; c < count; c++) {
      const from = this.#share[c];
      const to = total > SILENCE ? this.#energy[c] / total : from;
      const step = (to - from) / samples;
      const channel = channels[c];
      for (let i = 0; i < samples; i++) this.#mixed[i] += channel[i] * (from + step * (i + 1));
      this.#share[c] = to;
    }
    return this.#mixed;
  }

  /**
   * @param {readonly Float32Array[]} channels
   * @param {number} samples
   * @returns {number} the energy of all
   */
  #measure(channels, samples) {
    let total = 0;
    for (let c = 0; c < channels.length; c++) {
      let energy = 0;
      const channel = channels[c];
      for (let i = 0; i < samples; i++) energy += channel[i] * channel[i];
      energy /= samples;
      this.#energy[c] += (energy - this.#energy[c]) * (energy > this.#energy[c] ? RISE : FALL);
      total += this.#energy[c];
    }
    return total;
  }
}
