// @ts-check
// The camera or the screen as a slow row of JPEG pictures. Decides when a picture is taken, how
// large it is and how good; whether it is worth sending is picture_gate.js's, sending it
// the client's. One picture is made at a time and none waits: the newest wins.

import {
  FPS_MAX,
  PictureGate,
  THUMBNAIL_HEIGHT,
  THUMBNAIL_WIDTH,
  fitWithin,
  greyOf,
} from './picture_gate.js';

/** The model sees pictures in tiles of 768 x 768 (the Live API's media resolution). */
const SIDE_MAX = 768;
/** With its base64 a tenth of a second on a good uplink; speech waits behind it. */
const BYTES_MAX = 100_000;
const QUALITIES = Object.freeze([0.8, 0.65, 0.5, 0.35]);
/** A picture that is too large at the lowest quality is made smaller by this, and once more. */
const SHRINK = 0.7;
const SHRINKS_MAX = 3;

/** @type {Readonly<Record<string, string>>} what the exceptions mean for a person */
const CAMERA_CODES = Object.freeze({
  NotAllowedError: 'camera_refused',
  SecurityError: 'camera_refused',
  NotFoundError: 'camera_missing',
  OverconstrainedError: 'camera_missing',
  NotReadableError: 'camera_in_use',
  AbortError: 'camera_in_use',
});

/** @typedef {"camera" | "screen"} Source */
/** @typedef {{mime_type: string, bytes: ArrayBuffer, width: number, height: number}} Picture */
/**
 * What the browser offers; all of it can be replaced in a test.
 * @typedef {object} Browser
 * @property {Pick<MediaDevices, "getUserMedia" | "getDisplayMedia"> | undefined} mediaDevices
 * @property {() => HTMLVideoElement} makeVideo
 * @property {(width: number, height: number) => HTMLCanvasElement | OffscreenCanvas} makeCanvas
 * @property {() => number} now ms
 * @property {(action: () => void, ms: number) => number} every
 * @property {(timer: number) => void} cancel
 */

/** Carries a code of page/explain.js. */
export class CameraProblem extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   */
  constructor(code, detail) {
    super(detail);
    this.name = 'CameraProblem';
    this.code = code;
  }
}

export class BrowserCamera {
  #opening = 0; // which open() is the latest; close() makes all earlier ones void
  #timer = 0;
  #busy = false;
  #gate = new PictureGate();
  /** @type {HTMLVideoElement | null} */
  #video = null;

  /** @param {Partial<Browser>} [browser] */
  constructor(browser = {}) {
    /** @type {Browser} */
    this.browser = {
      mediaDevices: globalThis.navigator?.mediaDevices,
      makeVideo: () => document.createElement('video'),
      makeCanvas: newCanvas,
      now: () => performance.now(),
      every: (action, ms) => Number(setInterval(action, ms)),
      cancel: (timer) => clearInterval(timer),
      ...browser,
    };
    /** @type {MediaStream | null} for a preview: `video.srcObject = camera.stream` */
    this.stream = null;
    this.counters = { sent: 0, skipped: 0, dropped: 0 };
  }

  /**
   * Asks for the source and begins. Call it from a click.
   * @param {Source} source
   * @param {object} to
   * @param {(picture: Picture) => boolean} to.picture false: it could not be sent
   * @param {(reason: string) => void} to.ended the device went away, or the person ended the share
   * @param {{fps?: number}} [options] at most 1
   * @returns {Promise<boolean>} false: close() came in between
   * @throws {CameraProblem}
   */
  async open(source, to, { fps = FPS_MAX } = {}) {
    this.close();
    const mine = this.#opening;
    const stream = await this.#ask(source);
    if (mine !== this.#opening) {
      stopTracks(stream);
      return false;
    }
    this.stream = stream;
    this.#gate = new PictureGate({ fps });
    for (const track of stream.getVideoTracks()) {
      track.addEventListener('ended', () => {
        if (mine !== this.#opening) return;
        this.close();
        to.ended(source === 'screen' ? 'screen_share_ended' : 'camera_lost');
      });
    }
    const video = this.browser.makeVideo();
    Object.assign(video, { muted: true, playsInline: true, srcObject: stream });
    this.#video = video;
    const take = () => mine === this.#opening && this.#take(mine, to.picture);
    video.addEventListener('loadeddata', take, { once: true });
    this.#timer = this.browser.every(take, this.#gate.intervalMs);
    // Not awaited: in a page that nobody sees it may play later, or not at all.
    video.play().catch(() => {});
    return true;
  }

  /** Releases the device; the browser's recording mark goes out. */
  close() {
    this.#opening++;
    this.browser.cancel(this.#timer);
    if (this.stream) stopTracks(this.stream);
    if (this.#video) this.#video.srcObject = null;
    this.stream = this.#video = null;
  }

  /** The other side has seen nothing yet: the next picture goes, changed or not. */
  forget() {
    this.#gate.forget();
  }

  /** @param {Source} source */
  async #ask(source) {
    const { mediaDevices } = this.browser;
    const screen = source === 'screen';
    if (!mediaDevices?.[screen ? 'getDisplayMedia' : 'getUserMedia'])
      throw new CameraProblem(screen ? 'screen_unsupported' : 'camera_unsupported', 'no such API');
    try {
      if (screen) return await mediaDevices.getDisplayMedia({ video: { frameRate: 5 } });
      const video = { width: { ideal: SIDE_MAX }, facingMode: 'user' };
      return await mediaDevices.getUserMedia({ video });
    } catch (error) {
      const { name, message } = /** @type {DOMException} */ (error);
      const code = CAMERA_CODES[name] ?? 'camera_failed';
      throw new CameraProblem(screen ? code.replace('camera', 'screen') : code, message);
    }
  }

  /**
   * Takes one picture, unless the one before is still being made.
   * @param {number} mine
   * @param {(picture: Picture) => boolean} send
   */
  async #take(mine, send) {
    const video = this.#video;
    if (!video?.videoWidth) return; // no frame yet
    if (this.#busy) {
      this.counters.dropped++;
      return;
    }
    this.#busy = true;
    try {
      const grey = this.#thumbnail(video);
      const now = this.browser.now();
      const verdict = this.#gate.judge(grey, now);
      if (verdict === 'unchanged') this.counters.skipped++;
      if (verdict !== 'send') return;
      const picture = await this.#encode(video);
      if (mine !== this.#opening) return;
      if (picture && send(picture)) {
        this.#gate.sent(grey, now);
        this.counters.sent++;
      } else this.counters.dropped++;
    } catch {
      this.counters.dropped++; // a frame that cannot be read or encoded; the next one may be
    } finally {
      this.#busy = false;
    }
  }

  /** @param {HTMLVideoElement} video */
  #thumbnail(video) {
    const pen = this.#draw(video, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT).pen;
    return greyOf(pen.getImageData(0, 0, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT).data);
  }

  /**
   * The best picture within the bound.
   * @param {HTMLVideoElement} video
   * @returns {Promise<Picture | null>} null: it cannot be made small enough
   */
  async #encode(video) {
    let { width, height } = fitWithin(video.videoWidth, video.videoHeight, SIDE_MAX);
    for (let shrinks = 0; shrinks <= SHRINKS_MAX; shrinks++) {
      const { canvas } = this.#draw(video, width, height);
      for (const quality of QUALITIES) {
        const blob = await jpegOf(canvas, quality);
        if (blob.size > BYTES_MAX) continue;
        return { mime_type: 'image/jpeg', bytes: await blob.arrayBuffer(), width, height };
      }
      ({ width, height } = fitWithin(width, height, Math.max(width, height) * SHRINK));
    }
    return null;
  }

  /**
   * @param {HTMLVideoElement} video
   * @param {number} width
   * @param {number} height
   */
  #draw(video, width, height) {
    const canvas = this.browser.makeCanvas(width, height);
    const options = { alpha: false, willReadFrequently: true };
    const pen = /** @type {CanvasRenderingContext2D | null} */ (canvas.getContext('2d', options));
    if (!pen) throw new CameraProblem('camera_failed', 'no canvas');
    pen.imageSmoothingQuality = 'high'; // averages over what a cell covers
    pen.drawImage(video, 0, 0, width, height);
    return { canvas, pen };
  }
}

/**
 * @param {number} width
 * @param {number} height
 */
function newCanvas(width, height) {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), { width, height });
}

/**
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {number} quality 0..1
 * @returns {Promise<Blob>}
 */
function jpegOf(canvas, quality) {
  if ('convertToBlob' in canvas) return canvas.convertToBlob({ type: 'image/jpeg', quality });
  return new Promise((resolve, reject) => {
    const take = (/** @type {Blob | null} */ blob) =>
      blob ? resolve(blob) : reject(new Error('no picture'));
    canvas.toBlob(take, 'image/jpeg', quality);
  });
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}
