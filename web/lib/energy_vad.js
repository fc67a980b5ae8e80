// @ts-check
// Whether somebody speaks, from the level of each 10 ms alone. Decides when speech begins and
// ends; what it is good for (ducking the reply within a frame or two) needs an early answer, not
// a sure one: the sure one is the gateway's. Knows neither samples nor the echo, which comes in
// as a bar to be cleared (echo_guard.js). The figures behind the numbers:
// bench/evidence/microphone.md.

export const FRAME_MS = 10;

/** The noise floor is the lowest level of these many spans: pauses between words reach it. */
const SPAN_FRAMES = 25;
const SPANS = 6; // 1.5 s: a fan that starts is taken for noise after that
const SMOOTH_FRAMES = 3;
/** The lowest of some smoothed levels lies below their mean by about this much. */
const LOWEST_TO_MEAN_DB = 1.5;
/** Digital silence must not make the first breath of the room look like speech. */
const FLOOR_MIN_DBFS = -75;

const ONSET_OVER_FLOOR_DB = 9;
/** So far over what it takes, one frame is enough; less takes ONSET_FRAMES in a row. */
const STRONG_DB = 9;
const ONSET_FRAMES = 2;
/** Below this nobody is taken to speak: browsers bring a voice to some -25 dBFS. */
const SPEECH_MIN_DBFS = -52;

/** What was loud for one frame is over after the first, for a sentence after the second. */
const HANGOVER_MIN_FRAMES = 5;
const HANGOVER_MAX_FRAMES = 20;
/**
 * Bursts as short as a key stroke, one after the other, raise the bar for the next; a quiet
 * while lowers it.
 */
const BURST_FRAMES_MAX = 8;
const BURST_PENALTY_DB = 4;
const BURST_PENALTY_MAX_DB = 12;
const BURST_FORGIVEN_DB_PER_FRAME = 0.02;

export class EnergyVad {
  constructor() {
    this.speech = false;
    /** @type {number} dBFS */
    this.floor = FLOOR_MIN_DBFS;
    /** Whether the last frame was loud enough for speech, were it not for the bar. */
    this.loud = false;
    this.recent = new Float64Array(SMOOTH_FRAMES); // powers
    this.lowest = new Float64Array(SPANS).fill(Infinity); // dBFS, of the last whole spans
    this.lowestNow = Infinity;
    this.frames = 0;
    this.above = 0; // frames in a row, before an onset
    this.voiced = 0; // loud frames since the onset
    this.left = 0; // of the hangover
    this.penalty = 0;
  }

  /**
   * One frame of 10 ms.
   * @param {number} levelDbfs of the voice band
   * @param {number} [barDbfs] what it must exceed beside the noise: the echo that is expected
   * @returns {"onset" | "release" | null} what changed with this frame
   */
  push(levelDbfs, barDbfs = -Infinity) {
    this.#follow(levelDbfs);
    this.penalty = Math.max(0, this.penalty - BURST_FORGIVEN_DB_PER_FRAME);
    const threshold = Math.max(this.floor + ONSET_OVER_FLOOR_DB, SPEECH_MIN_DBFS) + this.penalty;
    this.loud = levelDbfs > threshold;
    const over = levelDbfs - Math.max(threshold, barDbfs);
    if (this.speech) return this.#during(over > 0);
    this.above = over > 0 ? this.above + 1 : 0;
    if (this.above < ONSET_FRAMES && over <= STRONG_DB) return null;
    this.speech = true;
    this.voiced = this.above;
    this.above = 0;
    this.left = HANGOVER_MIN_FRAMES;
    return 'onset';
  }

  /** @param {boolean} above */
  #during(above) {
    if (above) {
      this.voiced++;
      this.left = Math.min(HANGOVER_MAX_FRAMES, HANGOVER_MIN_FRAMES + this.voiced);
      return null;
    }
    if (--this.left > 0) return null;
    this.speech = false;
    if (this.voiced <= BURST_FRAMES_MAX) {
      this.penalty = Math.min(BURST_PENALTY_MAX_DB, this.penalty + BURST_PENALTY_DB);
    }
    return 'release';
  }

  /**
   * The floor that this frame is judged by comes from the frames before it.
   * @param {number} levelDbfs
   */
  #follow(levelDbfs) {
    let floor = this.lowestNow;
    for (let i = 0; i < SPANS; i++) floor = Math.min(floor, this.lowest[i]);
    if (floor !== Infinity) this.floor = Math.max(FLOOR_MIN_DBFS, floor + LOWEST_TO_MEAN_DB);

    this.recent[this.frames % SMOOTH_FRAMES] = 10 ** (levelDbfs / 10);
    this.frames++;
    const held = Math.min(this.frames, SMOOTH_FRAMES);
    let power = 0;
    for (let i = 0; i < held; i++) power += this.recent[i];
    this.lowestNow = Math.min(this.lowestNow, 10 * Math.log10(power / held));
    if (this.frames % SPAN_FRAMES !== 0) return;
    this.lowest[(this.frames / SPAN_FRAMES) % SPANS] = this.lowestNow;
    this.lowestNow = Infinity;
  }
}
