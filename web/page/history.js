// @ts-check
// The last seconds of what the live plot shows: values that change all the time, and spans of
// something that was so or not. Decides what is kept, in memory that does not grow; drawing is
// live_plot.js's.

/** A ring of moments, each with the same number of values. */
export class ValueHistory {
  /**
   * @param {number} capacity moments kept
   * @param {number} [width] values of each
   */
  constructor(capacity, width = 1) {
    this.capacity = capacity;
    this.width = width;
    this.times = new Float64Array(capacity);
    this.values = new Float32Array(capacity * width);
    this.count = 0;
    this.next = 0;
  }

  /**
   * @param {number} atMs not before the last one
   * @param {...number} values
   */
  add(atMs, ...values) {
    this.times[this.next] = atMs;
    for (let index = 0; index < this.width; index++)
      this.values[this.next * this.width + index] = values[index] ?? 0;
    this.next = (this.next + 1) % this.capacity;
    this.count = Math.min(this.count + 1, this.capacity);
  }

  clear() {
    this.count = 0;
    this.next = 0;
  }

  /**
   * Oldest first, and one moment from before `sinceMs` if there is one: a line needs it to come
   * in from the edge.
   * @param {number} sinceMs
   * @param {(atMs: number, values: Float32Array) => void} visit `values` is lent for the call
   */
  forEach(sinceMs, visit) {
    const { capacity, width } = this;
    const oldest = this.next - this.count + capacity;
    let first = 0;
    while (first < this.count - 1 && this.times[(oldest + first + 1) % capacity] <= sinceMs)
      first++;
    for (let index = first; index < this.count; index++) {
      const slot = (oldest + index) % capacity;
      visit(this.times[slot], this.values.subarray(slot * width, (slot + 1) * width));
    }
  }
}

/** When something was so, as spans that do not overlap. */
export class SpanHistory {
  /** @param {number} capacity spans kept */
  constructor(capacity) {
    this.capacity = capacity;
    /** @type {{fromMs: number, toMs: number}[]} oldest first; the last may be open: Infinity */
    this.spans = [];
  }

  /** Whether it is so now. */
  get open() {
    return this.spans.length > 0 && this.spans[this.spans.length - 1].toMs === Infinity;
  }

  /**
   * Saying again what is known changes nothing.
   * @param {number} atMs
   * @param {boolean} isSo
   */
  set(atMs, isSo) {
    if (isSo === this.open) return;
    if (!isSo) this.spans[this.spans.length - 1].toMs = atMs;
    else this.spans.push({ fromMs: atMs, toMs: Infinity });
    if (this.spans.length > this.capacity) this.spans.shift();
  }

  clear() {
    this.spans.length = 0;
  }

  /**
   * The spans that reach into [fromMs, toMs], cut to it.
   * @param {number} fromMs
   * @param {number} toMs
   */
  within(fromMs, toMs) {
    return this.spans
      .filter((span) => span.toMs > fromMs && span.fromMs < toMs)
      .map((span) => ({
        fromMs: Math.max(span.fromMs, fromMs),
        toMs: Math.min(span.toMs, toMs),
      }));
  }
}
