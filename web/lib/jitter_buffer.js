// @ts-check
// How late may audio arrive, and what follows from it. Decides the target delay, when a reply may
// begin to sound, and whether to play a little faster or slower; leaves the samples and the
// arithmetic of stretching to others. Time is whatever clock the caller counts in, in ms.
//
// What is measured. The delay that a packet needs is not told by the gap before it but by how late
// it is on a schedule: the schedule begins with the packet that came earliest so far (the running
// minimum) and goes on at the pace of the sender. A sender that works in real time has pace 1; the
// model sends its replies several times faster (pace 0.25), and while it is far ahead of the
// listener nothing that happens on the wire can be heard, so nothing is measured then. The worst
// lateness of each half second goes into a histogram of 20 ms buckets, which forgets; its 95th
// percentile is the target.
//
// Each reply begins a schedule of its own; the histogram and the pace are carried over.

const BUCKET_MS = 20;
const QUANTILE = 0.95;
/** Before anything has been measured. */
export const TARGET_MS_START = 80;
/** What the page's own thread and the sound card's blocks cost even on a perfect network. */
export const TARGET_MS_MIN = 20;
export const TARGET_MS_MAX = 400;
const WINDOW_MS = 500;
/** Half seconds are forgotten with a half-life of 23; the first ones count for more. */
const FORGETTING = 0.97;
/** The start value counts for so many half seconds at first; it is outvoted after a dozen. */
const START_WINDOWS = 3;
/** A packet that comes this long before it is due says nothing about what could be heard. */
const FAR_AHEAD_MS = 1000;
/** Fewer packets in a window do not tell a lasting shift from jitter. */
const SHIFT_PACKETS = 4;

/** Expected gaps are a little longer than measured, so that the sum of small errors decays. */
const PACE_SLACK = 1.2;
const PACE_LEARNING = 0.5;
const PACE_MEDIA_MS_MIN = 400;
/**
 * Before a pace is known: whoever works in real time sends small packets; a first one as long as
 * this is the model's, as recordings of the service show it.
 */
const SERVICE_PACKET_MS = 150;
const SERVICE_PACE = 0.25;
/**
 * From a sender faster than this pace a wait mostly ends with the next packet, long before it is
 * over: insurance that is rarely paid in full. So it is a generous one: twice the target, and
 * where the target is small up to 4.5 times, but no more than two packets of the service cover.
 */
const BURST_PACE = 0.7;
const BURST_COVER = 4.5;
const TWO_PACKETS_MS = 360;

/** Deviations below these are not worth touching the samples for. */
const FASTER_ABOVE_MS = 60;
const FASTER_UNTIL_MS = 20;
const SLOWER_BELOW_MS = 30;
const SLOWER_UNTIL_MS = 10;
/** More in hand than the delay explains: the sender is ahead of real time. */
const AHEAD_MS = 250;

/** -1: play slower, 0: as it is, 1: faster. @typedef {-1 | 0 | 1} Advice */

export class JitterBuffer {
  constructor() {
    /** Weight of each bucket; the last holds all that no permitted delay could bridge. */
    this.histogram = new Float64Array(TARGET_MS_MAX / BUCKET_MS + 1);
    this.histogram[TARGET_MS_START / BUCKET_MS - 1] = 1;
    this.windows = 0;
    this.targetMs = TARGET_MS_START;
    this.pace = NaN; // ms of arrival per ms of audio, 0..1; learned
    this.paceGuess = 1; // until then

    this.turn = 0; // the reply that is arriving
    this.over = true; // nothing more of it will come
    this.firstAtMs = 0;
    this.lastAtMs = 0;
    this.lastMs = 0; // length of the last packet
    this.mediaMs = 0; // of the whole reply so far
    this.lateMs = 0; // of the last packet
    this.window = { endsAtMs: 0, packets: 0, most: 0, least: 0 };
    // The largest cover found after an arrival, in this half second and the one before.
    this.cover = { endsAtMs: 0, now: -Infinity, before: -Infinity };
    /** @type {Advice} */
    this.advice = 0;
  }

  /** Sessions number their turns from 1 again; what was learned stays. */
  reset() {
    this.#finish();
    this.turn = 0;
  }

  /**
   * @param {number} turn
   * @param {number} atMs when it arrived
   * @param {number} lengthMs of the audio in it
   * @param {number} stockMs audio of this turn that has not been played, this packet included
   */
  arrived(turn, atMs, lengthMs, stockMs) {
    if (turn !== this.turn || this.over) this.#begin(turn, atMs);
    else this.#measure(atMs);
    if (this.mediaMs === 0) this.paceGuess = lengthMs < SERVICE_PACKET_MS ? 1 : SERVICE_PACE;
    this.mediaMs += lengthMs;
    this.lastMs = lengthMs;
    this.lastAtMs = atMs;
    this.#noteCover(atMs, stockMs);
  }

  /**
   * Nothing more of this turn will come.
   * @param {number} turn
   */
  ended(turn) {
    if (turn === this.turn) this.#finish();
  }

  /** Playback ran dry: what is in hand from now on has to be seen anew. */
  ranDry() {
    this.cover.now = -Infinity;
    this.cover.before = -Infinity;
    this.advice = 0;
  }

  /**
   * A join made the audio in hand shorter or longer.
   * @param {number} byMs positive: there is more to play
   */
  stretched(byMs) {
    this.cover.now += byMs;
    this.cover.before += byMs;
  }

  /** How long after the last packet the next one is expected. */
  get gapMs() {
    return this.lastMs * Math.min(1, this.#paceNow * PACE_SLACK);
  }

  /**
   * How late the next packet may be without being missed, if `stockMs` were playing.
   * @param {number} atMs now
   * @param {number} stockMs
   */
  coverMs(atMs, stockMs) {
    return stockMs - (this.lastAtMs + this.gapMs - atMs);
  }

  /**
   * Whether a reply may begin to sound.
   * @param {number} turn
   * @param {number} atMs now
   * @param {number} stockMs what has arrived of it
   */
  mayStart(turn, atMs, stockMs) {
    if (turn !== this.turn || this.over) return true;
    return this.coverMs(atMs, stockMs) >= this.#coverWanted;
  }

  /**
   * How much later than at the earliest possible moment this turn's audio sounds.
   * @param {number} atMs now
   * @param {number} playedMs of this turn
   */
  delayMs(atMs, playedMs) {
    return Math.max(0, atMs - this.firstAtMs - playedMs);
  }

  /**
   * Whether the delay deviates so far from the target that the tempo should change.
   * @param {number} turn that is playing
   * @param {number} atMs now
   * @param {number} playedMs of this turn
   * @returns {Advice}
   */
  tempo(turn, atMs, playedMs) {
    const cover = Math.max(this.cover.now, this.cover.before);
    if (turn !== this.turn || this.over || cover === -Infinity) return (this.advice = 0);
    const delay = this.delayMs(atMs, playedMs);
    if (cover > delay + AHEAD_MS) return (this.advice = 0);
    const above = Math.min(cover, delay) - this.targetMs;
    const below = this.targetMs - cover;
    if (above > (this.advice > 0 ? FASTER_UNTIL_MS : FASTER_ABOVE_MS)) this.advice = 1;
    else if (below > (this.advice < 0 ? SLOWER_UNTIL_MS : SLOWER_BELOW_MS)) this.advice = -1;
    else this.advice = 0;
    return this.advice;
  }

  get #coverWanted() {
    const { targetMs } = this;
    if (this.#paceNow >= BURST_PACE) return targetMs;
    return targetMs * Math.max(2, Math.min(BURST_COVER, TWO_PACKETS_MS / targetMs));
  }

  /** The pace known from earlier replies, or a slower one that this reply shows. */
  get #paceNow() {
    const known = this.pace >= 0 ? this.pace : this.paceGuess;
    const before = this.mediaMs - this.lastMs;
    if (before < PACE_MEDIA_MS_MIN) return known;
    return Math.max(known, Math.min(1, (this.lastAtMs - this.firstAtMs) / before));
  }

  /**
   * @param {number} turn
   * @param {number} atMs
   */
  #begin(turn, atMs) {
    this.#finish();
    this.turn = turn;
    this.over = false;
    this.firstAtMs = atMs;
    this.mediaMs = 0;
    this.lastMs = 0;
    this.lateMs = 0;
    this.window.endsAtMs = atMs + WINDOW_MS;
    this.window.packets = 1;
    this.window.most = 0;
    this.window.least = 0;
    this.ranDry();
  }

  #finish() {
    if (this.over) return;
    this.over = true;
    this.#closeWindow();
    const before = this.mediaMs - this.lastMs;
    if (before < PACE_MEDIA_MS_MIN) return;
    const pace = Math.min(1, (this.lastAtMs - this.firstAtMs) / before);
    if (this.pace >= 0) this.pace += PACE_LEARNING * (pace - this.pace);
    else this.pace = pace;
  }

  /** @param {number} atMs */
  #measure(atMs) {
    const { window } = this;
    if (atMs >= window.endsAtMs) {
      this.#closeWindow();
      window.endsAtMs = atMs + WINDOW_MS;
    }
    const aheadMs = this.mediaMs - (atMs - this.firstAtMs);
    if (aheadMs >= FAR_AHEAD_MS) {
      this.lateMs = 0;
      return;
    }
    this.lateMs = Math.max(0, this.lateMs + (atMs - this.lastAtMs) - this.gapMs);
    window.packets++;
    window.most = Math.max(window.most, this.lateMs);
    window.least = Math.min(window.least, this.lateMs);
  }

  #closeWindow() {
    const { window } = this;
    if (window.packets > 1) {
      // If every packet of half a second was late, it is the schedule that has moved.
      const shift = window.packets >= SHIFT_PACKETS ? window.least : 0;
      this.#record(window.most - shift);
      this.lateMs -= shift;
    }
    window.packets = 0;
    window.most = 0;
    window.least = Infinity;
  }

  /** @param {number} lateMs the worst of a window */
  #record(lateMs) {
    const { histogram } = this;
    const forgetting = Math.min(FORGETTING, 1 - 2 / (this.windows + START_WINDOWS + 2));
    const last = histogram.length - 1;
    const bucket = Math.min(last, Math.floor(lateMs / BUCKET_MS));
    let total = 0;
    for (let i = 0; i <= last; i++) total += histogram[i] *= forgetting;
    histogram[bucket] += 1 - forgetting;
    total += 1 - forgetting;
    this.windows++;
    let sum = 0;
    let i = 0;
    for (; i < last; i++) {
      sum += histogram[i];
      if (sum >= QUANTILE * total - 1e-9) break;
    }
    const edge = (i + 1) * BUCKET_MS;
    this.targetMs = Math.min(TARGET_MS_MAX, Math.max(TARGET_MS_MIN, edge));
  }

  /**
   * @param {number} atMs
   * @param {number} stockMs
   */
  #noteCover(atMs, stockMs) {
    const { cover } = this;
    if (atMs >= cover.endsAtMs) {
      cover.before = atMs >= cover.endsAtMs + WINDOW_MS ? -Infinity : cover.now;
      cover.now = -Infinity;
      cover.endsAtMs = atMs + WINDOW_MS;
    }
    cover.now = Math.max(cover.now, this.coverMs(atMs, stockMs));
  }
}
