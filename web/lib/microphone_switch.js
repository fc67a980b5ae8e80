// @ts-check
// Whether the microphone is off, asked for, on or muted, however the asking ends and whatever comes
// in between. Decides nothing about sending; the device itself is microphone.js.

/** @typedef {"off" | "asking" | "on" | "muted"} MicrophoneState */

/**
 * @typedef {object} Microphone
 * @property {(onPacket: (bytes: ArrayBuffer, rms: number) => void, onLost: () => void) =>
 *   Promise<boolean>} open false: close() came in between
 * @property {() => void} close
 */

export class MicrophoneSwitch {
  #epoch = 0; // close() makes every open() before it void

  /**
   * @param {Microphone | null} device
   * @param {object} to
   * @param {(bytes: ArrayBuffer, rms: number) => void} to.packet while it is on or muted
   * @param {(state: MicrophoneState) => void} to.changed
   * @param {(code: string, message: string) => void} to.failed it is off by then
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
      const open = await this.device.open(this.to.packet, () => {
        if (epoch === this.#epoch) this.#fail('microphone_lost', 'the device ended');
      });
      if (open && epoch === this.#epoch) this.#become('on');
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      if (epoch === this.#epoch) this.#fail(codeOf(error, 'microphone_failed'), message);
    }
  }

  close() {
    this.#epoch++;
    this.device?.close();
    this.#become('off');
  }

  /**
   * @param {boolean} muted
   * @returns {boolean} whether that changed anything
   */
  setMuted(muted) {
    if (this.state !== (muted ? 'on' : 'muted')) return false;
    this.#become(muted ? 'muted' : 'on');
    return true;
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  #fail(code, message) {
    this.close();
    this.to.failed(code, message);
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
