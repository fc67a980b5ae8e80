// @ts-check
// How loud the page's own voice may be in the microphone: what is not clearly louder than that
// must not duck it. Decides the bar for each 10 ms from the level of what is being played, and
// learns two things that nobody can tell it: by how much the microphone hears less of it (the
// coupling) and how much later (the delay, 0..500 ms). Needs no echo cancellation; where the
// browser has one, the coupling is learnt to be small. Leaves the voice itself to energy_vad.js.
//
// Two bars. The wide one holds at any delay: coupling plus the loudest of the last 500 ms. The
// narrow one, once the delay is known (the two envelopes agree at one shift), follows the reply's
// syllables and lets a person in between them. Both couplings are tracked as the 90th percentile
// of what the microphone held over the reference. bench/evidence/microphone.md has the figures.

const DELAY_FRAMES_MAX = 50;
const RING = 64; // a power of two over DELAY_FRAMES_MAX
/** Below this the page plays nothing that a microphone could hear. */
const AUDIBLE_DBFS = -60;
const NOTHING_DBFS = -120;

/** Before anything is known: a loudspeaker right at the microphone. */
const COUPLING_AT_FIRST_DB = -3;
const COUPLING_MIN_DB = -60;
const COUPLING_MAX_DB = 6;
const MARGIN_DB = 6;
/** Until so many frames of reply were compared, the margin is larger and learning quicker. */
const LEARNT_FRAMES = 150;
const MARGIN_UNLEARNT_DB = 9;
/** Steps per frame; 10 to 1 makes the estimate settle at the 90th percentile. */
const STEP_UP_DB = 0.2;
const STEP_DOWN_DB = 0.02;
const STEP_FACTOR_QUICK = 3;
/** A first look at the coupling is rough: sounds differ in how well they pass. */
const FIRST_BOUND_SLACK_DB = 6;
/** Closer to the noise floor than this, the microphone's level says nothing about an echo. */
const OVER_NOISE_DB = 6;

/** A real barge-in ends the reply within this time (the playback comes back after 600 ms). */
const CONFIRMED_WITHIN_FRAMES = 70;
/** Whoever speaks longer over a reply that goes on is taken for its echo, and learnt from. */
const DOUBTED_AFTER_FRAMES = 200;
const DOUBTED_UNTIL_FRAMES = 400;

/** The envelopes are compared over about 2 s, and clipped where they are noise. */
const MEMORY = 0.995;
const ENVELOPE_MIN_DBFS = -70;
const COMPARED_FRAMES_MIN = 80;
const AGREEMENT_FOUND = 0.6;
const AGREEMENT_LOST = 0.4;
/** A known delay gives way only to another that was the better one for so long. */
const DELAY_STEADY_FRAMES = 50;
/** The narrow bar looks this far around the delay. */
const NEAR_FRAMES = 3;
/** Both bars decay as a room of moderate size does. */
const DECAY_DB_PER_FRAME = 1.5; // 60 dB in 0.4 s
/** The echo comes closer to the reply at its delay than to the loudest of half a second. */
const NARROW_OVER_WIDE_DB = 4;
/** With the delay known the wide bar is a second opinion only. */
const WIDE_SLACK_DB = 3;

export class EchoGuard {
  constructor() {
    this.reference = new Float64Array(RING).fill(NOTHING_DBFS); // dBFS, one per frame
    this.frame = 0;
    this.loudest = NOTHING_DBFS; // of the last 500 ms, with its decay
    this.active = 0; // frames since the reply became audible
    this.compared = 0; // frames that the couplings were learnt from
    this.wideCoupling = COUPLING_AT_FIRST_DB;
    this.narrowCoupling = COUPLING_AT_FIRST_DB;
    /** In frames; -1: not known. */
    this.delay = -1;
    this.tail = NOTHING_DBFS; // the reference at the delay, with its decay
    this.microphonePeak = NOTHING_DBFS; // since the reply became audible
    this.referencePeak = NOTHING_DBFS; // likewise, but of what has arrived at any delay
    this.sinceOnset = Infinity; // frames
    this.rival = -1; // another delay than the known one, and since when it has been better
    this.rivalFrames = 0;
    this.shifts = new ShiftedEnvelopes(DELAY_FRAMES_MAX + 1);
  }

  /**
   * The bar for this frame: what the microphone must exceed.
   * @param {number} referenceDbfs level of what the page played in this frame
   * @returns {number} dBFS; -Infinity: nothing is being played
   */
  expect(referenceDbfs) {
    this.frame++;
    this.reference[this.frame % RING] = referenceDbfs;
    const window = this.#loudest(0, DELAY_FRAMES_MAX);
    this.loudest = Math.max(window, this.loudest - DECAY_DB_PER_FRAME);
    const near =
      this.delay < 0
        ? NOTHING_DBFS
        : this.#loudest(Math.max(0, this.delay - NEAR_FRAMES), this.delay + NEAR_FRAMES);
    this.tail = Math.max(near, this.tail - DECAY_DB_PER_FRAME);
    if (this.loudest < AUDIBLE_DBFS) {
      this.active = 0;
      return -Infinity;
    }
    const margin = this.compared < LEARNT_FRAMES ? MARGIN_UNLEARNT_DB : MARGIN_DB;
    const wide = this.wideCoupling + this.loudest;
    if (this.delay < 0) return wide + margin;
    return Math.min(wide + WIDE_SLACK_DB, this.narrowCoupling + this.tail) + margin;
  }

  /**
   * What the microphone held in the frame that expect() was last asked about.
   * @param {number} microphoneDbfs
   * @param {number} noiseDbfs its noise floor
   * @param {boolean} speech whether it was taken for speech
   */
  learn(microphoneDbfs, noiseDbfs, speech) {
    if (this.loudest < AUDIBLE_DBFS) {
      this.sinceOnset = Infinity;
      return;
    }
    this.active++;
    this.#notePeaks(microphoneDbfs);
    if (this.#maybePerson(speech)) return;
    this.#compare(microphoneDbfs);
    // What the page plays now may take 500 ms to come back.
    if (this.active <= DELAY_FRAMES_MAX) return;
    this.#bound();
    this.compared++;
    const factor = this.compared < LEARNT_FRAMES ? STEP_FACTOR_QUICK : 1;
    const clear = this.delay >= 0 && microphoneDbfs > noiseDbfs + OVER_NOISE_DB;
    this.wideCoupling = stepped(this.wideCoupling, microphoneDbfs - this.loudest, factor, clear);
    if (this.delay < 0 || this.tail < AUDIBLE_DBFS) return;
    this.narrowCoupling = stepped(this.narrowCoupling, microphoneDbfs - this.tail, factor, clear);
  }

  /**
   * @param {number} from frames ago
   * @param {number} to frames ago, at most DELAY_FRAMES_MAX + NEAR_FRAMES
   */
  #loudest(from, to) {
    let loudest = NOTHING_DBFS;
    for (let ago = from; ago <= to; ago++) loudest = Math.max(loudest, this.#ago(ago));
    return loudest;
  }

  /** @param {number} frames */
  #ago(frames) {
    return this.reference[(this.frame - frames + RING) % RING];
  }

  /**
   * Nothing is learnt while a person may be speaking, which is until the gateway had time to
   * confirm it.
   * @param {boolean} speech
   */
  #maybePerson(speech) {
    if (++this.sinceOnset > DOUBTED_UNTIL_FRAMES) this.sinceOnset = speech ? 0 : Infinity;
    return this.sinceOnset < (speech ? DOUBTED_AFTER_FRAMES : CONFIRMED_WITHIN_FRAMES);
  }

  /** @param {number} microphoneDbfs */
  #notePeaks(microphoneDbfs) {
    if (this.active === 1) {
      this.microphonePeak = NOTHING_DBFS;
      this.referencePeak = NOTHING_DBFS;
    }
    this.microphonePeak = Math.max(this.microphonePeak, microphoneDbfs);
    this.referencePeak = Math.max(this.referencePeak, this.#ago(DELAY_FRAMES_MAX));
  }

  /** @param {number} microphoneDbfs */
  #compare(microphoneDbfs) {
    const { shifts } = this;
    shifts.begin(Math.max(ENVELOPE_MIN_DBFS, microphoneDbfs));
    for (let ago = 0; ago <= DELAY_FRAMES_MAX; ago++) {
      shifts.add(ago, Math.max(ENVELOPE_MIN_DBFS, this.#ago(ago)));
    }
    if (shifts.weight < COMPARED_FRAMES_MIN) return;
    if (shifts.agreement < AGREEMENT_LOST) this.delay = -1;
    if (shifts.agreement < AGREEMENT_FOUND) return;
    if (this.delay < 0) {
      this.delay = shifts.best;
      // Where the loudspeaker was changed, this ends the surprise at once.
      const seen = shifts.expectedOver(this.loudest);
      this.wideCoupling = Math.min(COUPLING_MAX_DB, Math.max(this.wideCoupling, seen));
      this.narrowCoupling = this.wideCoupling + NARROW_OVER_WIDE_DB;
    }
    if (Math.abs(shifts.best - this.rival) > 1) this.rivalFrames = 0;
    this.rival = shifts.best;
    if (++this.rivalFrames >= DELAY_STEADY_FRAMES) this.delay = shifts.best;
  }

  /**
   * In the first second: whatever the delay, the loudest of the reply that is older than 500 ms
   * has arrived, and was no louder than the loudest the microphone held since.
   */
  #bound() {
    if (this.compared >= LEARNT_FRAMES || this.referencePeak < AUDIBLE_DBFS) return;
    const bound = this.microphonePeak - this.referencePeak + FIRST_BOUND_SLACK_DB;
    this.wideCoupling = Math.max(COUPLING_MIN_DB, Math.min(this.wideCoupling, bound));
  }
}

/** How well one envelope agrees with another at each shift: correlation with a fading memory. */
class ShiftedEnvelopes {
  /** @param {number} count of shifts */
  constructor(count) {
    this.weight = 0;
    this.best = 0;
    this.agreement = 0; // at the best shift, -1..1
    this.y = 0;
    this.sumY = 0;
    this.sumYY = 0;
    this.sumX = new Float64Array(count);
    this.sumXX = new Float64Array(count);
    this.sumXY = new Float64Array(count);
  }

  /** @param {number} y */
  begin(y) {
    this.y = y;
    this.weight = this.weight * MEMORY + 1;
    this.sumY = this.sumY * MEMORY + y;
    this.sumYY = this.sumYY * MEMORY + y * y;
    this.agreement = -1;
  }

  /**
   * @param {number} shift each in turn
   * @param {number} x
   */
  add(shift, x) {
    const { weight, sumX, sumXX, sumXY } = this;
    sumX[shift] = sumX[shift] * MEMORY + x;
    sumXX[shift] = sumXX[shift] * MEMORY + x * x;
    sumXY[shift] = sumXY[shift] * MEMORY + x * this.y;
    const meanX = sumX[shift] / weight;
    const meanY = this.sumY / weight;
    const spread = (sumXX[shift] / weight - meanX * meanX) * (this.sumYY / weight - meanY * meanY);
    if (spread < 1) return; // dB^4: one of them is flat
    const agreement = (sumXY[shift] / weight - meanX * meanY) / Math.sqrt(spread);
    if (agreement <= this.agreement) return;
    this.agreement = agreement;
    this.best = shift;
  }

  /**
   * By how much y exceeds x, at the best shift, where x is as given: on the line of least squares.
   * @param {number} x
   */
  expectedOver(x) {
    const { weight, best } = this;
    const meanX = this.sumX[best] / weight;
    const meanY = this.sumY / weight;
    const slope =
      (this.sumXY[best] / weight - meanX * meanY) / (this.sumXX[best] / weight - meanX * meanX);
    return meanY + slope * (x - meanX) - x;
  }
}

/**
 * @param {number} coupling dB
 * @param {number} seen dB, in this frame
 * @param {number} factor of the step
 * @param {boolean} clear whether it was more than noise; noise can lower an estimate, never raise
 *   it
 */
function stepped(coupling, seen, factor, clear) {
  if (seen <= coupling) return Math.max(coupling - STEP_DOWN_DB * factor, seen, COUPLING_MIN_DB);
  if (!clear) return coupling;
  return Math.min(coupling + STEP_UP_DB * factor, seen, COUPLING_MAX_DB);
}
