// @ts-check
// What stands between the reply's packets and the sound card: a ring of s16 samples at 24 kHz,
// each tagged with its turn. Decides when a reply starts (a cushion against jitter, which grows
// after an underrun and shrinks again), how it ends when samples run out (a fade, no click) and
// what `flush` silences (everything up to that turn, within 5 ms, and whatever of it arrives
// later). Knows no Web Audio: time is the samples pulled.

export const DOWNLINK_RATE_HZ = 24000;

const CUSHION_MS_MIN = 80;
const CUSHION_MS_MAX = 240;
const CUSHION_MS_GROWTH = 60; // after an underrun
const CUSHION_MS_DECAY = 20; // after a turn without one
const FADE_SAMPLES = (DOWNLINK_RATE_HZ * 5) / 1000;
/** The service sends whole replies in bursts; what does not fit is refused and counted. */
const CAPACITY_S = 90;
/** Turns whose rendered samples are remembered. */
const TURNS_MAX = 16;

/** @typedef {{turn: number, left: number}} Segment */
/**
 * @typedef {{turn: number, at: number, dropped: number}} Flush `at`: samples pulled when it
 * happened
 */

export class PlaybackQueue {
  /** @param {{ring?: Int16Array}} [options] `ring`: memory to use; its length is the capacity */
  constructor({ ring = new Int16Array(CAPACITY_S * DOWNLINK_RATE_HZ) } = {}) {
    this.ring = ring;
    this.capacity = ring.length;
    this.tail = new Float32Array(FADE_SAMPLES);
    this.read = 0;
    this.buffered = 0;
    /** @type {Segment[]} */
    this.segments = [];
    this.tailLeft = 0;
    this.tailTurn = 0;
    this.playing = false;
    this.waited = 0; // samples pulled since a waiting reply last grew
    this.gain = 1;
    this.cushionMs = CUSHION_MS_MIN;
    this.starvedTurn = 0;
    this.underranIn = 0;
    this.endedTurn = 0;
    this.flushedTurn = 0;

    this.clock = 0; // samples pulled, silence included
    this.played = 0; // samples of replies that came out
    this.playingTurn = 0; // the turn of the last sample that came out
    this.lastSoundAt = -1; // clock of the last sample that was not zero
    this.energy = 0; // sum of squares of everything that came out
    /** @type {Map<number, number>} samples that came out, by turn */
    this.playedOf = new Map();
    this.late = 0; // samples refused because their turn had been flushed
    this.overflowed = 0; // samples refused because the ring was full
    this.underruns = 0;
    /** @type {Flush | null} */
    this.lastFlush = null;
  }

  /** The cushion in samples. */
  get cushion() {
    return (this.cushionMs * DOWNLINK_RATE_HZ) / 1000;
  }

  /**
   * Appends reply audio. Turn numbers do not fall within a session.
   * @param {number} turn 1, 2, ...
   * @param {Int16Array} samples
   * @returns {number} how many were accepted
   */
  push(turn, samples) {
    if (turn <= this.flushedTurn) {
      this.late += samples.length;
      return 0;
    }
    const accepted = Math.min(samples.length, this.capacity - this.buffered);
    this.overflowed += samples.length - accepted;
    if (accepted === 0) return 0;

    const write = (this.read + this.buffered) % this.capacity;
    const first = Math.min(accepted, this.capacity - write);
    this.ring.set(samples.subarray(0, first), write);
    this.ring.set(samples.subarray(first, accepted), 0);
    this.buffered += accepted;
    this.waited = 0;

    const last = this.segments[this.segments.length - 1];
    if (last && last.turn === turn) last.left += accepted;
    else this.segments.push({ turn, left: accepted });
    if (this.starvedTurn === turn) this.#noteUnderrun(turn);
    return accepted;
  }

  /**
   * Everything of `turn` has been pushed: a reply shorter than the cushion need not wait for
   *   more.
   * @param {number} turn
   */
  end(turn) {
    this.endedTurn = Math.max(this.endedTurn, turn);
    if (this.starvedTurn === turn) this.starvedTurn = 0;
    if (this.underranIn !== turn)
      this.cushionMs = Math.max(CUSHION_MS_MIN, this.cushionMs - CUSHION_MS_DECAY);
  }

  /**
   * Silences `turn` and all before it: what sounds now fades out within 5 ms, the rest is
   *   dropped, and audio of
   * these turns that is pushed later is refused. Turns after it stay.
   * @param {number} turn
   * @returns {number} samples dropped
   */
  flush(turn) {
    this.flushedTurn = Math.max(this.flushedTurn, turn);
    const doomed = this.segments.length > 0 && this.segments[0].turn <= turn;
    if (doomed && this.playing) this.#keepTail();
    let dropped = 0;
    while (this.segments.length > 0 && this.segments[0].turn <= turn) {
      dropped += this.segments[0].left;
      this.segments.shift();
    }
    this.read = (this.read + dropped) % this.capacity;
    this.buffered -= dropped;
    if (doomed) this.#stopPlaying();
    if (this.starvedTurn <= turn) this.starvedTurn = 0;
    this.lastFlush = { turn, at: this.clock, dropped };
    return dropped;
  }

  /**
   * Fills `output` with what is to be heard now; silence where there is nothing.
   * @param {Float32Array} output
   */
  pull(output) {
    if (!this.playing) this.#considerStart(output.length);
    for (let i = 0; i < output.length; i++) {
      const value = this.tailLeft > 0 ? this.#nextOfTail() : this.playing ? this.#nextOfRing() : 0;
      output[i] = value;
      if (value !== 0) {
        this.lastSoundAt = this.clock;
        this.energy += value * value;
      }
      this.clock++;
    }
  }

  /** A snapshot for reports: plain data. `playedOf` lists [turn, samples] pairs. */
  stats() {
    const {
      clock,
      played,
      playingTurn,
      lastSoundAt,
      energy,
      late,
      overflowed,
      underruns,
      buffered,
    } = this;
    const { cushionMs, lastFlush, playing } = this;
    const playedOf = [...this.playedOf];
    return {
      clock,
      played,
      playingTurn,
      lastSoundAt,
      energy,
      late,
      overflowed,
      underruns,
      buffered,
      cushionMs,
      lastFlush,
      playing: playing || this.tailLeft > 0,
      playedOf,
    };
  }

  /** @param {number} pulled */
  #considerStart(pulled) {
    if (this.buffered === 0) return;
    this.waited += pulled;
    const ended = this.endedTurn >= this.segments[0].turn;
    // A reply that stopped growing (a short one whose end was not announced) starts after two
    // cushions.
    if (this.buffered < this.cushion && !ended && this.waited < 2 * this.cushion) return;
    this.playing = true;
    // After an underrun: fade in again.
    this.gain = this.underranIn === this.segments[0].turn ? 0 : 1;
  }

  /** @returns {number} */
  #nextOfRing() {
    // The last 5 ms before the ring runs dry fade out; if more arrives in time the gain rises
    // again.
    const target = this.buffered > FADE_SAMPLES ? 1 : 0;
    if (target === 0) this.gain = Math.max(0, this.gain - 1 / FADE_SAMPLES);
    else this.gain = Math.min(1, this.gain + 1 / FADE_SAMPLES);
    const value = (this.ring[this.read] / 32768) * this.gain;
    this.read = (this.read + 1) % this.capacity;
    this.buffered--;
    const segment = this.segments[0];
    this.#notePlayed(segment.turn);
    if (--segment.left === 0) this.segments.shift();
    if (this.buffered === 0) {
      this.starvedTurn = this.endedTurn >= segment.turn ? 0 : segment.turn;
      this.#stopPlaying();
    }
    return value;
  }

  /** @returns {number} */
  #nextOfTail() {
    this.#notePlayed(this.tailTurn);
    return this.tail[FADE_SAMPLES - this.tailLeft--];
  }

  /** Copies what sounds next, faded to nothing; pads with silence where less is left. */
  #keepTail() {
    const { turn, left } = this.segments[0];
    if (this.tailLeft > 0) return; // a flush during a flush: the first fade goes on
    this.tail.fill(0);
    const kept = Math.min(FADE_SAMPLES, left);
    for (let i = 0; i < kept; i++) {
      const sample = this.ring[(this.read + i) % this.capacity] / 32768;
      this.tail[FADE_SAMPLES - kept + i] = sample * this.gain * (1 - (i + 1) / kept);
    }
    this.tailLeft = kept;
    this.tailTurn = turn;
  }

  #stopPlaying() {
    this.playing = false;
    this.waited = 0;
    this.gain = 1;
  }

  /** @param {number} turn */
  #notePlayed(turn) {
    this.played++;
    this.playingTurn = turn;
    this.playedOf.set(turn, (this.playedOf.get(turn) ?? 0) + 1);
    if (this.playedOf.size > TURNS_MAX) this.playedOf.delete(Math.min(...this.playedOf.keys()));
  }

  /** @param {number} turn */
  #noteUnderrun(turn) {
    this.starvedTurn = 0;
    this.underranIn = turn;
    this.underruns++;
    this.cushionMs = Math.min(CUSHION_MS_MAX, this.cushionMs + CUSHION_MS_GROWTH);
  }
}
