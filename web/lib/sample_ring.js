// @ts-check
// A ring of s16 samples in the order in which they will sound, each tagged with its turn. Decides
// what fits and what a flush takes away; leaves to others when anything is played. Keeps the last
// samples that were read until new ones take their place, so that a gap can be bridged with them.

/** @typedef {{turn: number, left: number}} Segment */

export class SampleRing {
  /** @param {Int16Array} memory its length is the capacity */
  constructor(memory) {
    this.memory = memory;
    this.capacity = memory.length;
    this.read = 0;
    this.buffered = 0;
    /** @type {Segment[]} neighbours differ in their turn */
    this.segments = [];
  }

  /**
   * @param {number} turn
   * @param {Int16Array} samples
   * @returns {number} how many fitted
   */
  push(turn, samples) {
    const accepted = Math.min(samples.length, this.capacity - this.buffered);
    if (accepted === 0) return 0;
    const write = (this.read + this.buffered) % this.capacity;
    const first = Math.min(accepted, this.capacity - write);
    this.memory.set(samples.subarray(0, first), write);
    this.memory.set(samples.subarray(first, accepted), 0);
    this.buffered += accepted;
    const last = this.segments[this.segments.length - 1];
    if (last && last.turn === turn) last.left += accepted;
    else this.segments.push({ turn, left: accepted });
    return accepted;
  }

  /** The turn of the next sample, or 0 where there is none. */
  get turn() {
    return this.buffered > 0 ? this.segments[0].turn : 0;
  }

  /** How many samples of that turn stand in a row. */
  get left() {
    return this.buffered > 0 ? this.segments[0].left : 0;
  }

  /**
   * Copies coming samples as floats; they stay.
   * @param {Float32Array} output
   * @param {number} at where in `output`
   * @param {number} count at most `buffered`
   */
  peek(output, at, count) {
    let index = this.read;
    for (let i = 0; i < count; i++) {
      output[at + i] = this.memory[index] / 32768;
      if (++index === this.capacity) index = 0;
    }
  }

  /**
   * Copies the samples read last, the newest first.
   * @param {Float32Array} output
   * @param {number} count at most what was read since the last flush
   */
  peekBack(output, count) {
    let index = this.read;
    for (let i = 0; i < count; i++) {
      if (--index < 0) index = this.capacity - 1;
      output[i] = this.memory[index] / 32768;
    }
  }

  /**
   * Samples of the first segment are used up.
   * @param {number} count at most `left`
   */
  skip(count) {
    this.read = (this.read + count) % this.capacity;
    this.buffered -= count;
    this.segments[0].left -= count;
    if (this.segments[0].left === 0) this.segments.shift();
  }

  /**
   * Takes away everything of `turn` and of turns before it that stands in front.
   * @param {number} turn
   * @returns {number} samples dropped
   */
  dropThrough(turn) {
    let dropped = 0;
    while (this.buffered > 0 && this.segments[0].turn <= turn) {
      dropped += this.segments[0].left;
      this.skip(this.segments[0].left);
    }
    return dropped;
  }

  /** @param {number} turn */
  bufferedOf(turn) {
    let count = 0;
    for (const segment of this.segments) if (segment.turn === turn) count += segment.left;
    return count;
  }
}
