// @ts-check
// Pictures in a conversation: whether the camera is off, asked for or on, however the asking ends
// and whatever comes in between. Decides what is told; taking pictures is camera.js's.

import { base64Of } from './base64.js';
import { say } from './protocol.js';
import { codeOf } from './microphone_switch.js';

/** @typedef {"off" | "asking" | "on"} CameraState */
/** @typedef {import("./camera.js").Source} Source */
/**
 * @typedef {object} Camera
 * @property {(source: Source, to: {picture: (picture: import("./camera.js").Picture) => boolean,
 *   ended: (reason: string) => void}, options?: {fps?: number}) => Promise<boolean>} open
 * @property {() => void} close
 * @property {() => void} [forget]
 * @property {{sent: number, skipped: number, dropped: number}} counters
 * @property {MediaStream | null} stream
 */
/**
 * @typedef {object} Parts
 * @property {(type: string, detail: object) => void} tell
 * @property {(code: string, message: string) => void} problem
 * @property {(message: string) => boolean} send
 */

export class Pictures {
  #epoch = 0; // stop() makes every start() before it void
  /** Pictures that went, ever. */
  sent = 0;
  /** @type {CameraState} */
  state = 'off';
  /** @type {Source} */
  source = 'camera';

  /**
   * @param {Camera | null} device
   * @param {Parts} parts
   */
  constructor(device, parts) {
    this.device = device;
    this.parts = parts;
  }

  /**
   * @param {Source} source
   * @param {{fps?: number}} [options]
   * @returns {Promise<boolean>} whether it is on
   */
  async start(source, options) {
    if (!this.device) return false;
    const epoch = ++this.#epoch;
    const current = () => epoch === this.#epoch;
    this.source = source;
    this.#become('asking');
    const to = {
      picture: (/** @type {import("./camera.js").Picture} */ picture) =>
        current() && this.send(picture),
      ended: (/** @type {string} */ reason) => {
        if (current()) this.stop(reason);
      },
    };
    try {
      const open = await this.device.open(source, to, options);
      if (open && current() && this.state === 'asking') this.#become('on');
      return open && current();
    } catch (error) {
      if (!current()) return false;
      const code = codeOf(error, 'camera_failed');
      this.stop(code);
      this.parts.problem(code, /** @type {Error} */ (error).message);
      return false;
    }
  }

  /** @param {string} [reason] where it went off by itself */
  stop(reason) {
    this.#epoch++;
    this.device?.close();
    this.#become('off', reason);
  }

  /** A new session has seen nothing. */
  newSession() {
    this.device?.forget?.();
  }

  /**
   * @param {{mime_type: string, bytes: ArrayBuffer | Uint8Array, width?: number,
   *   height?: number}} picture
   * @returns {boolean} false: there is no conversation, or its connection is too full
   */
  send({ mime_type: mimeType, bytes, width, height }) {
    if (!this.parts.send(say.image(mimeType, base64Of(bytes)))) return false;
    const { skipped = 0, dropped = 0 } = this.device?.counters ?? {};
    const counters = { sent: ++this.sent, skipped, dropped };
    this.parts.tell('picture', { width, height, bytes: bytes.byteLength, ...counters });
    return true;
  }

  /**
   * @param {CameraState} state
   * @param {string} [reason]
   */
  #become(state, reason) {
    if (state === this.state) return;
    this.state = state;
    const why = reason === undefined ? {} : { reason };
    this.parts.tell('camera', { state, source: this.source, ...why });
  }
}
