// @ts-check
// Which pictures are worth sending: none too early, none that shows what the last one showed, but
// one now and then all the same. Decides from a small grey thumbnail; knows no camera and no clock.

/** The model looks at one picture a second, and the gateway passes no more on. */
export const FPS_MAX = 1;
const FPS_MIN = 0.05;
/** The grey thumbnail's sides. A cell is some 24 x 18 px of a picture of 768 x 576. */
export const THUMBNAIL_WIDTH = 32;
export const THUMBNAIL_HEIGHT = 32;
/**
 * A cell that differs by more than this has changed, of 255. The noise of a webcam in a dim room
 * (some 8 steps a pixel) averages out to less than 1 over a cell's 400 pixels; a cursor or
 * a word that appears moves its cell by 10 and more.
 */
const CELL_CHANGE = 6;
/**
 * The whole picture is brighter or darker by this: a lamp, not the camera's own exposure, which
 * wanders by 1 to 2 steps.
 */
const MEAN_CHANGE = 3;
/** Long quiet is broken: the model forgets pictures when its context is compressed. */
const REFRESH_MS = 15_000;
/** A timer that is a little early must not cost a whole interval. */
const EARLY_MS = 20;

/** @typedef {"send" | "early" | "unchanged"} Verdict */

export class PictureGate {
  /** @type {Uint8Array | null} of the last picture that went */
  #shown = null;
  #sentAt = -Infinity;

  /** @param {{fps?: number, refreshMs?: number}} [options] `fps` at most 1 */
  constructor({ fps = FPS_MAX, refreshMs = REFRESH_MS } = {}) {
    const rate = Math.min(FPS_MAX, Math.max(FPS_MIN, Number.isFinite(fps) ? fps : FPS_MAX));
    this.intervalMs = 1000 / rate;
    this.refreshMs = refreshMs;
  }

  /**
   * What to do with the picture that is there now. Changes nothing: a picture may still fail.
   * @param {Uint8Array} thumbnail grey, THUMBNAIL_WIDTH x THUMBNAIL_HEIGHT
   * @param {number} now ms
   * @returns {Verdict}
   */
  judge(thumbnail, now) {
    const since = now - this.#sentAt;
    if (since < this.intervalMs - EARLY_MS) return 'early';
    if (!this.#shown || since >= this.refreshMs) return 'send';
    return differs(this.#shown, thumbnail) ? 'send' : 'unchanged';
  }

  /**
   * The picture of this thumbnail went.
   * @param {Uint8Array} thumbnail kept
   * @param {number} now ms
   */
  sent(thumbnail, now) {
    this.#shown = thumbnail;
    this.#sentAt = now;
  }

  /** The other side has seen nothing: a new session, another source. */
  forget() {
    this.#shown = null;
  }
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 * @returns {boolean} whether a person would see a difference
 */
export function differs(one, other) {
  if (one.length !== other.length) return true;
  let sum = 0;
  for (let i = 0; i < one.length; i++) {
    const change = other[i] - one[i];
    if (Math.abs(change) > CELL_CHANGE) return true;
    sum += change;
  }
  return Math.abs(sum) > MEAN_CHANGE * one.length;
}

/**
 * The luma of RGBA pixels (ITU-R BT.601), which is how bright a person finds them.
 * @param {Uint8ClampedArray | Uint8Array} rgba
 * @returns {Uint8Array}
 */
export function greyOf(rgba) {
  const grey = new Uint8Array(rgba.length >> 2);
  for (let i = 0; i < grey.length; i++) {
    const at = 4 * i;
    grey[i] = Math.round(0.299 * rgba[at] + 0.587 * rgba[at + 1] + 0.114 * rgba[at + 2]);
  }
  return grey;
}

/**
 * The size at which a picture is sent: its longest side within `sideMax`, never enlarged.
 * @param {number} width
 * @param {number} height
 * @param {number} sideMax
 * @returns {{width: number, height: number}} at least 1 x 1
 */
export function fitWithin(width, height, sideMax) {
  const scale = Math.min(1, sideMax / Math.max(width, height));
  const side = (/** @type {number} */ length) => Math.max(1, Math.round(length * scale));
  return { width: side(width), height: side(height) };
}
