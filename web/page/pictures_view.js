// @ts-check
// The camera or the screen, shown as it is sent. Decides what the two buttons do and what is said
// about the pictures; taking, thinning out and sending them is the client's.

import { byId, setText } from './dom.js';

/** @typedef {import("../lib/camera.js").Source} Source */
/** @typedef {{width: number, height: number, bytes: number}} Picture */
/** @typedef {{sent: number, skipped: number}} Counters */

const TITLES = { camera: 'Camera', screen: 'Your screen' };
/** What was left out is no event; it is looked up as often as a picture may be taken. */
const COUNT_EVERY_MS = 1000;

export class PicturesView {
  /** @type {Source | null} */
  #source = null;
  /** @type {Picture | null} the last one that was sent */
  #last = null;
  #timer = 0;

  /**
   * @param {object} client
   * @param {(source: Source, options: {fps: number}) => unknown} client.startPictures
   * @param {() => unknown} client.stopPictures
   * @param {{stream: MediaStream | null, counters: Counters} | null} client.camera
   */
  constructor(client) {
    this.client = client;
    for (const source of /** @type {const} */ (['camera', 'screen'])) {
      byId(source).addEventListener('click', () => this.#press(source));
      byId(source).hidden = !canTake(source);
    }
    byId('picture-pace').addEventListener('change', () => {
      if (this.#source === 'camera') this.#start('camera'); // a screen would have to be chosen anew
    });
  }

  /** @param {boolean} running pictures belong to a conversation */
  enable(running) {
    byId('camera').disabled = byId('screen').disabled = !running;
  }

  /** @param {{state: "off" | "asking" | "on", source: Source}} event */
  camera({ state, source }) {
    this.#source = state === 'off' ? null : source;
    for (const each of ['camera', 'screen'])
      byId(each).setAttribute('aria-pressed', String(each === this.#source));
    byId('pictures').hidden = state !== 'on';
    const preview = byId('preview');
    const { camera } = this.client;
    preview.srcObject = state === 'on' ? (camera?.stream ?? null) : null;
    clearInterval(this.#timer);
    if (state !== 'on') return;
    preview.play().catch(() => {}); // hidden or replaced meanwhile: the next one plays
    this.#last = null;
    setText(byId('picture-title'), TITLES[source]);
    this.#count();
    this.#timer = Number(setInterval(() => this.#count(), COUNT_EVERY_MS));
  }

  /** @param {Picture} picture */
  picture(picture) {
    this.#last = picture;
    this.#count();
  }

  #count() {
    const counters = this.client.camera?.counters ?? { sent: 0, skipped: 0 };
    setText(byId('picture-words'), pictureWords(this.#last, counters));
  }

  /** @param {Source} source */
  #press(source) {
    if (this.#source === source) this.client.stopPictures();
    else this.#start(source);
  }

  /** @param {Source} source */
  #start(source) {
    this.client.startPictures(source, { fps: Number(byId('picture-pace').value) });
  }
}

/** @param {Source} source */
function canTake(source) {
  const { mediaDevices } = navigator;
  // Where the page is not secure there is neither; the button stays, and pressing it says so.
  if (!mediaDevices || source === 'camera') return true;
  return 'getDisplayMedia' in mediaDevices; // phones have none
}

/**
 * @param {Picture | null} last
 * @param {Counters} counters
 * @returns {string} "640 × 480, 45 kB. Sent 12, skipped 30 unchanged."
 */
export function pictureWords(last, { sent, skipped }) {
  const size = last
    ? `${last.width} × ${last.height}, ${Math.max(1, Math.round(last.bytes / 1000))} kB. `
    : '';
  return `${size}Sent ${sent}, skipped ${skipped} unchanged.`;
}
