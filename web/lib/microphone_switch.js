// @ts-check
// Whether the microphone is off, asked for, on or muted, however the asking ends and whatever
// comes in between; and that it comes back by itself when what took it away is over. Decides
// nothing about sending; the device itself is microphone.js.

/** @typedef {"off" | "asking" | "on" | "muted"} MicrophoneState */

/**
 * The optional parts are a real device's; without them it works, but less well.
 * @typedef {object} Microphone
 * @property {(onPacket: (bytes: ArrayBuffer, rms: number, heard?: any) => void,
 *   onLost: (reason?: string, message?: string) => void) => Promise<boolean>} open false:
 *   close() came in between
 * @property {() => void} close
 * @property {(muted: boolean) => void} [setMuted]
 * @property {(reason: string, callback: () => void) => void} [awaitReturn] calls back once it is
 *   worth another try, unless close() or open() came first
 */

/** What is said while it goes on. */
const GOES_ON = new Set(['microphone_replaced', 'microphone_suspended', 'microphone_silenced']);

export class MicrophoneSwitch {
  #epoch = 0; // close() makes every open() before it void
  #wasMuted = false; // when it was lost; the gateway still thinks so

  /**
   * @param {Microphone | null} device
   * @param {object} to
   * @param {(bytes: ArrayBuffer, rms: number, heard?: any) => void} to.packet while it is on or
   *   muted
   * @param {(state: MicrophoneState) => void} to.changed
   * @param {(code: string, message: string) => void} to.failed the state says whether it is off
   *   or goes on
   */
  constructor(device, to) {
    this.device = device;
    this.to = to;
    /** @type {MicrophoneState} */
    this.state = 'off';
  }

  /** Asks for the device, unless that has been done. */
  async open() {
    if (!this.device || this.state !== 'off') return;
    const epoch = ++this.#epoch;
    this.#become('asking');
    try {
      const open = await this.device.open(
        this.to.packet,
        (reason = 'microphone_lost', message = 'the device ended') => {
          if (epoch === this.#epoch) this.#onLost(reason, message);
        },
      );
      if (!open || epoch !== this.#epoch) return;
      if (this.#wasMuted) this.device.setMuted?.(true);
      this.#become(this.#wasMuted ? 'muted' : 'on');
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      if (epoch === this.#epoch) this.#fail(codeOf(error, 'microphone_failed'), message);
    }
  }

  close() {
    this.#epoch++;
    this.#wasMuted = false;
    this.device?.close();
    this.#become('off');
  }

  /**
   * @param {boolean} muted
   * @returns {boolean} whether that changed anything
   */
  setMuted(muted) {
    if (this.state !== (muted ? 'on' : 'muted')) return false;
    this.#wasMuted = muted;
    this.device?.setMuted?.(muted);
    this.#become(muted ? 'muted' : 'on');
    return true;
  }

  /**
   * @param {string} reason
   * @param {string} message
   */
  #onLost(reason, message) {
    if (GOES_ON.has(reason)) this.to.failed(reason, message);
    else this.#fail(reason, message);
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  #fail(code, message) {
    const epoch = ++this.#epoch;
    this.device?.close();
    this.#become('off');
    this.to.failed(code, message);
    if (epoch === this.#epoch) this.device?.awaitReturn?.(code, () => this.open());
  }

  /** @param {MicrophoneState} state */
  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.to.changed(state);
  }
}

/**
 * @param {any} error a DOMException has a code too, a number that says nothing here
 * @param {string} otherwise
 * @returns {string} a code of explain.js
 */
export function codeOf(error, otherwise) {
  return typeof error.code === 'string' ? error.code : otherwise;
}
