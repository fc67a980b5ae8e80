// @ts-check
// What stands between the reply's packets and the sound card, at 24 kHz. Decides, sample by sample,
// what is heard: the reply as it came, bit for bit; a join where the tempo is changed; a fading
// continuation where samples are missing; a fade of 5 ms where `flush` cuts a reply off, and then
// nothing more of it. Leaves the delay to jitter_buffer.js, the memory to sample_ring.js. Knows no
// Web Audio: time is the samples pulled.

import { Concealment, HISTORY } from './concealment.js';
import { JitterBuffer } from './jitter_buffer.js';
import { SampleRing } from './sample_ring.js';
import { STRETCH_NEEDS, TimeStretch } from './time_stretch.js';

export const DOWNLINK_RATE_HZ = 24000;

const SAMPLES_PER_MS = DOWNLINK_RATE_HZ / 1000;
const FADE_SAMPLES = 5 * SAMPLES_PER_MS;
/** The service sends whole replies in bursts; what does not fit is refused and counted. */
const CAPACITY_S = 90;
/** Turns whose rendered samples are remembered. */
const TURNS_MAX = 16;
/** A gap is bridged with the last period: first as loud as it was, then fading. */
const BRIDGE_HOLD_SAMPLES = 10 * SAMPLES_PER_MS;
const BRIDGE_FADE_SAMPLES = 30 * SAMPLES_PER_MS;
/** After a gap this much is enough to go on: the gap itself has become delay. */
const RESUME_SAMPLES = 10 * SAMPLES_PER_MS;

/**
 * @typedef {{turn: number, at: number, dropped: number}} Flush `at`: samples pulled when it
 * happened
 */

export class PlaybackQueue {
  /**
   * @param {{ring?: Int16Array, jitter?: JitterBuffer}} [options] `ring`: memory to use; its
   *   length is the capacity. `jitter`: what is known of the network
   */
  constructor({
    ring = new Int16Array(CAPACITY_S * DOWNLINK_RATE_HZ),
    jitter = new JitterBuffer(),
  } = {}) {
    this.ring = new SampleRing(ring);
    this.jitter = jitter;
    this.stretch = new TimeStretch();
    this.concealment = new Concealment();
    this.ahead = new Float32Array(STRETCH_NEEDS);
    this.past = new Float32Array(HISTORY);
    this.tail = new Float32Array(FADE_SAMPLES);
    this.tailLeft = 0;
    this.tailReal = 0; // of which samples of the reply, and not a bridge
    this.tailTurn = 0;
    this.pieceAt = 0; // how much of the stretch's piece has been given
    this.pieceLeft = 0;
    this.playing = false;
    this.joinLeft = 0; // samples of the cross-fade back from a gap
    this.since = 0; // samples read in a row: the past that is valid
    this.starvedTurn = 0;
    this.bridged = 0; // concealed samples of a gap that may turn out to be the end
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
    this.concealed = 0; // samples made up to bridge underruns
    this.stretched = 0; // samples cut out or doubled to change the tempo
    /** @type {Flush | null} */
    this.lastFlush = null;
  }

  get buffered() {
    return this.ring.buffered;
  }

  /** Whether something is to be heard, be it a fade. */
  get sounding() {
    return this.playing || this.tailLeft > 0 || this.concealment.active;
  }

  /** How much later than possible the turn that is playing sounds; 0 between turns. */
  get delayMs() {
    const turn = this.playingTurn;
    if (!this.playing || turn !== this.jitter.turn) return 0;
    return this.jitter.delayMs(this.#nowMs, this.#playedMs(turn));
  }

  get #nowMs() {
    return this.clock / SAMPLES_PER_MS;
  }

  /** @param {number} turn */
  #playedMs(turn) {
    return (this.playedOf.get(turn) ?? 0) / SAMPLES_PER_MS;
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
    const accepted = this.ring.push(turn, samples);
    this.overflowed += samples.length - accepted;
    if (accepted === 0) return 0;
    const stock = this.ring.bufferedOf(turn);
    this.jitter.arrived(
      turn,
      this.#nowMs,
      samples.length / SAMPLES_PER_MS,
      stock / SAMPLES_PER_MS,
    );
    if (this.starvedTurn === turn) {
      this.starvedTurn = 0;
      this.underruns++;
      this.concealed += this.bridged;
      this.joinLeft = FADE_SAMPLES;
    }
    return accepted;
  }

  /**
   * Everything of `turn` has been pushed: there is nothing to wait for.
   * @param {number} turn
   */
  end(turn) {
    this.endedTurn = Math.max(this.endedTurn, turn);
    if (this.starvedTurn <= turn) this.starvedTurn = 0;
    this.jitter.ended(turn);
  }

  /**
   * Silences `turn` and all before it: what sounds now fades out within 5 ms, the rest is
   * dropped, and audio of these turns that is pushed later is refused. Turns after it stay.
   * @param {number} turn
   * @returns {number} samples dropped
   */
  flush(turn) {
    this.flushedTurn = Math.max(this.flushedTurn, turn);
    const current = this.playing ? this.ring.turn : this.playingTurn;
    const doomed = current <= turn && (this.playing || this.concealment.active);
    if (doomed) this.#keepTail();
    const dropped = this.ring.dropThrough(turn);
    if (doomed) {
      this.#stopPlaying();
      this.concealment.stop();
    }
    if (this.starvedTurn <= turn) this.starvedTurn = 0;
    this.joinLeft = 0;
    if (this.jitter.turn <= turn) this.jitter.ended(this.jitter.turn);
    this.lastFlush = { turn, at: this.clock, dropped };
    return dropped;
  }

  /**
   * Fills `output` with what is to be heard now; silence where there is nothing.
   * @param {Float32Array} output
   * @param {number} [count] how much of it
   */
  pull(output, count = output.length) {
    if (!this.playing) this.#considerStart();
    let at = 0;
    while (at < count) {
      if (this.tailLeft > 0) at = this.#giveTail(output, at, count);
      else if (this.pieceLeft > 0) at = this.#givePiece(output, at, count);
      else if (this.playing) at = this.#giveRing(output, at, count);
      else if (this.concealment.active) at = this.#giveBridge(output, at, count);
      else at = giveSilence(output, at, count);
    }
    let energy = 0;
    let last = -1;
    for (let i = 0; i < count; i++) {
      energy += output[i] * output[i];
      if (output[i] !== 0) last = i;
    }
    if (last >= 0) this.lastSoundAt = this.clock + last;
    this.energy += energy;
    this.clock += count;
  }

  /** A snapshot for reports: plain data. `playedOf` lists [turn, samples] pairs. */
  stats() {
    const { clock, played, playingTurn, lastSoundAt, energy, late, overflowed } = this;
    const { underruns, concealed, stretched, buffered, lastFlush, delayMs } = this;
    const { targetMs } = this.jitter;
    return {
      clock,
      played,
      playingTurn,
      lastSoundAt,
      energy,
      late,
      overflowed,
      underruns,
      concealed,
      stretched,
      buffered,
      delayMs,
      targetMs,
      cushionMs: targetMs,
      lastFlush,
      playing: this.sounding,
      playedOf: [...this.playedOf],
    };
  }

  #considerStart() {
    const { turn } = this.ring;
    if (turn === 0) return;
    const stock = this.ring.bufferedOf(turn);
    const resuming = this.joinLeft > 0;
    const ready =
      this.endedTurn >= turn ||
      (resuming
        ? stock >= RESUME_SAMPLES
        : this.jitter.mayStart(turn, this.#nowMs, stock / SAMPLES_PER_MS));
    if (!ready) return;
    if (!resuming && this.concealment.active) {
      this.concealment.endWithin(FADE_SAMPLES); // the sound before it dies away first
      return;
    }
    this.playing = true;
    this.since = 0;
  }

  /**
   * @param {Float32Array} output
   * @param {number} at
   * @param {number} count
   */
  #giveRing(output, at, count) {
    const { ring } = this;
    const { turn } = ring;
    const run = Math.min(count - at, ring.left);
    if (this.joinLeft === 0 && this.#considerJoin(turn, run)) return at;
    ring.peek(output, at, run);
    if (this.joinLeft > 0) this.#crossFade(output, at, run);
    ring.skip(run);
    this.since += run;
    this.#notePlayed(turn, run);
    if (ring.turn !== turn) this.#segmentOver(turn);
    return at + run;
  }

  /**
   * The turn's samples are used up: it is over, or it has run dry.
   * @param {number} turn
   */
  #segmentOver(turn) {
    const over = this.endedTurn >= turn || this.ring.turn > turn;
    if (over && this.ring.turn > turn) {
      const stock = this.ring.left / SAMPLES_PER_MS;
      if (this.jitter.mayStart(this.ring.turn, this.#nowMs, stock)) return;
    }
    const known = Math.min(HISTORY, this.since, this.ring.capacity - this.ring.buffered);
    this.ring.peekBack(this.past, known);
    if (over) this.concealment.begin(this.past, known, 0, FADE_SAMPLES);
    else this.concealment.begin(this.past, known, BRIDGE_HOLD_SAMPLES, BRIDGE_FADE_SAMPLES);
    this.starvedTurn = over ? 0 : turn;
    this.bridged = 0;
    this.joinLeft = 0;
    if (!over) this.jitter.ranDry();
    this.#stopPlaying();
  }

  /**
   * Changes the tempo where that is wanted and possible.
   * @param {number} turn
   * @param {number} run samples that would be given otherwise
   * @returns {boolean} whether the next samples come from the stretch's piece
   */
  #considerJoin(turn, run) {
    const { stretch, ring, jitter } = this;
    const advice = jitter.tempo(turn, this.#nowMs, this.#playedMs(turn));
    if (advice === 0) {
      stretch.rest();
      return false;
    }
    stretch.earn(run);
    if (!stretch.due || ring.left < STRETCH_NEEDS) return false;
    ring.peek(this.ahead, 0, STRETCH_NEEDS);
    const period = stretch.join(this.ahead, advice > 0);
    if (period === 0) return false;
    this.stretched += period;
    jitter.stretched((advice > 0 ? -period : period) / SAMPLES_PER_MS);
    this.pieceAt = 0;
    this.pieceLeft = stretch.length;
    return true;
  }

  /**
   * @param {Float32Array} output
   * @param {number} at
   * @param {number} count
   */
  #givePiece(output, at, count) {
    const { piece, length, consumes } = this.stretch;
    const run = Math.min(count - at, this.pieceLeft);
    for (let i = 0; i < run; i++) output[at + i] = piece[this.pieceAt + i];
    const before = Math.floor((this.pieceAt * consumes) / length);
    this.pieceAt += run;
    this.pieceLeft -= run;
    const used = Math.floor((this.pieceAt * consumes) / length) - before;
    const { turn } = this.ring;
    this.ring.skip(used);
    this.since += used;
    this.#notePlayed(turn, used);
    if (this.ring.turn !== turn) this.#segmentOver(turn);
    return at + run;
  }

  /**
   * @param {Float32Array} output
   * @param {number} at
   * @param {number} count
   */
  #giveBridge(output, at, count) {
    const from = at;
    while (at < count && this.concealment.active) output[at++] = this.concealment.next();
    if (this.starvedTurn > 0) this.bridged += at - from;
    return at;
  }

  /**
   * From the bridge over a gap, or from silence, back into the reply.
   * @param {Float32Array} output
   * @param {number} at
   * @param {number} run
   */
  #crossFade(output, at, run) {
    for (let i = at; i < at + run && this.joinLeft > 0; i++) {
      const bridge = this.joinLeft / (FADE_SAMPLES + 1);
      output[i] = output[i] * (1 - bridge) + this.concealment.next() * bridge;
      this.joinLeft--;
    }
    if (this.joinLeft === 0) this.concealment.stop();
  }

  /**
   * @param {Float32Array} output
   * @param {number} at
   * @param {number} count
   */
  #giveTail(output, at, count) {
    const run = Math.min(count - at, this.tailLeft);
    const from = FADE_SAMPLES - this.tailLeft;
    for (let i = 0; i < run; i++) output[at + i] = this.tail[from + i];
    this.tailLeft -= run;
    const real = Math.min(run, this.tailReal);
    this.tailReal -= real;
    if (real > 0) this.#notePlayed(this.tailTurn, real);
    return at + run;
  }

  /** Keeps what would sound next, faded to nothing, for the 5 ms after a flush. */
  #keepTail() {
    if (this.tailLeft > 0) return; // a flush during a flush: the first fade goes on
    const { tail, ring } = this;
    this.tailTurn = this.playing ? ring.turn : this.playingTurn;
    let kept = 0;
    const piece = Math.min(FADE_SAMPLES, this.pieceLeft);
    for (; kept < piece; kept++) tail[kept] = this.stretch.piece[this.pieceAt + kept];
    if (this.playing && this.pieceLeft === 0) {
      kept = Math.min(FADE_SAMPLES, ring.left);
      ring.peek(tail, 0, kept);
      if (this.joinLeft > 0) this.#crossFade(tail, 0, kept);
    }
    this.tailReal = kept;
    while (kept < FADE_SAMPLES && this.concealment.active) tail[kept++] = this.concealment.next();
    for (let i = 0; i < kept; i++) tail[i] *= 1 - (i + 1) / kept;
    tail.copyWithin(FADE_SAMPLES - kept, 0, kept);
    this.tailLeft = kept;
  }

  #stopPlaying() {
    this.playing = false;
    this.pieceLeft = 0;
    this.stretch.rest();
  }

  /**
   * @param {number} turn
   * @param {number} count
   */
  #notePlayed(turn, count) {
    this.played += count;
    this.playingTurn = turn;
    this.playedOf.set(turn, (this.playedOf.get(turn) ?? 0) + count);
    if (this.playedOf.size > TURNS_MAX) this.playedOf.delete(Math.min(...this.playedOf.keys()));
  }
}

/**
 * @param {Float32Array} output
 * @param {number} at
 * @param {number} count
 */
function giveSilence(output, at, count) {
  for (let i = at; i < count; i++) output[i] = 0;
  return count;
}
