// @ts-check
// Turns a reply down while the person seems to be speaking, until it is known whether they are.
// Decides the level: down within 5 ms of the onset that the microphone's worklet reports, back
// when it takes that back or when nobody confirmed it in time. Leaves to others who is speaking
// and the silence after a confirmation (a flush).

/** Clearly in the background, still understood; allowed are -12 to -18 dB. */
export const DUCK_DB = -15;
export const DUCK_DB_MIN = -18;
export const DUCK_DB_MAX = -12;

const DOWN_S = 0.005;
const UP_S = 0.075;
/** The gateway confirms within 150-250 ms or not at all. */
const CONFIRM_WITHIN_S = 0.6;
/** After a flush the level stays until its fade is over, the resampler's delay included. */
const FLUSH_S = 0.012;

export class Ducking {
  /** @param {number} rateHz of the samples that pass */
  constructor(rateHz) {
    this.rateHz = rateHz;
    this.gain = 1;
    this.depth = 1;
    this.setDepth(DUCK_DB);
    this.ducked = false;
    this.speechUntil = -1; // the person seems to speak until then, context time
    this.heldUntil = -1;
    /** What has to be reported: "ducked", "restored" or nothing. */
    this.change = '';
  }

  /** @param {number} db brought into the allowed range */
  setDepth(db) {
    const allowed = Math.min(DUCK_DB_MAX, Math.max(DUCK_DB_MIN, db));
    this.depth = 10 ** ((Number.isFinite(db) ? allowed : DUCK_DB) / 20);
  }

  /** @param {number} time of the context, seconds */
  onset(time) {
    this.speechUntil = time + CONFIRM_WITHIN_S;
  }

  /** There was no speech, or it is over. */
  release() {
    this.speechUntil = -1;
  }

  /**
   * The reply was stopped: what is left of it fades out from the level it has.
   * @param {number} time
   */
  flushed(time) {
    this.speechUntil = -1;
    if (this.gain !== 1) this.heldUntil = time + FLUSH_S;
    this.ducked = false;
    this.change = '';
  }

  /**
   * @param {Float32Array} output a block of sound, changed in place; untouched at full level
   * @param {number} time at its beginning
   * @param {boolean} sounding whether a reply is to be heard
   */
  apply(output, time, sounding) {
    if (time < this.heldUntil) {
      for (let i = 0; i < output.length; i++) output[i] *= this.gain;
      return;
    }
    const wanted = sounding && time < this.speechUntil;
    if (wanted !== this.ducked) {
      this.ducked = wanted;
      this.change = wanted ? 'ducked' : 'restored';
    }
    if (!sounding) {
      // Nobody hears a jump in silence; a reply that begins under speech begins low.
      this.gain = time < this.speechUntil ? this.depth : 1;
      return;
    }
    const target = wanted ? this.depth : 1;
    if (this.gain === 1 && target === 1) return;
    const step = ((1 - this.depth) / this.rateHz) * (wanted ? -1 / DOWN_S : 1 / UP_S);
    for (let i = 0; i < output.length; i++) {
      if (step < 0) this.gain = Math.max(target, this.gain + step);
      else this.gain = Math.min(target, this.gain + step);
      output[i] *= this.gain;
    }
  }
}
