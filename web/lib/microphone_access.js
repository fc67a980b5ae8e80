// @ts-check
// The browser's side of owning a microphone: asking for it, which ones there are, and whether the
// person still allows it. Decides what to ask for and what the browser's refusals mean; what to do
// about them is microphone.js.

import { AudioProblem } from './web_audio.js';

/**
 * @typedef {object} MicrophoneSettings
 * @property {string} deviceId empty: the system's own choice
 * @property {boolean} echoCancellation
 * @property {boolean} noiseSuppression
 * @property {boolean} autoGainControl
 */
/** @typedef {{deviceId: string, label: string}} Device */
/** @typedef {PermissionState | "unknown"} Permission */

/** @type {Readonly<MicrophoneSettings>} */
export const DEFAULT_SETTINGS = Object.freeze({
  deviceId: '',
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
});

/** @type {Readonly<Record<string, string>>} what getUserMedia's exceptions mean for a person */
const CODES = Object.freeze({
  NotAllowedError: 'microphone_refused',
  SecurityError: 'microphone_refused',
  NotFoundError: 'microphone_missing',
  OverconstrainedError: 'microphone_missing',
  NotReadableError: 'microphone_in_use',
  AbortError: 'microphone_in_use',
});

/** A device that changes hands is mute for a moment; a switch that mutes it stays. */
const SILENCED_AFTER_MS = 2000;

export class MicrophoneAccess {
  /** @param {import("./web_audio.js").Platform} platform */
  constructor(platform) {
    this.platform = platform;
  }

  /**
   * Asks for the chosen device; if that one is gone, for the system's own choice.
   * @param {MicrophoneSettings} settings
   * @returns {Promise<{stream: MediaStream, replaced: boolean}>}
   * @throws {AudioProblem}
   */
  async ask(settings) {
    const { deviceId } = settings;
    try {
      return { stream: await this.#ask(settings), replaced: false };
    } catch (error) {
      const gone = /** @type {AudioProblem} */ (error).code === 'microphone_missing';
      if (deviceId === '' || !gone) throw error;
    }
    return { stream: await this.#ask({ ...settings, deviceId: '' }), replaced: true };
  }

  /** @param {MicrophoneSettings} settings */
  async #ask({ deviceId, ...processing }) {
    const { mediaDevices, secure } = this.platform;
    if (!mediaDevices?.getUserMedia) {
      throw new AudioProblem(secure ? 'browser_too_old' : 'insecure_page', 'no getUserMedia');
    }
    const device = deviceId === '' ? {} : { deviceId: { exact: deviceId } };
    try {
      return await mediaDevices.getUserMedia({
        audio: { ...processing, channelCount: 1, ...device },
      });
    } catch (error) {
      const { name, message } = /** @type {DOMException} */ (error);
      throw new AudioProblem(CODES[name] ?? 'microphone_failed', message);
    }
  }

  /**
   * Every microphone; the browser tells their names, and often only then their identities, once
   * one of them was allowed.
   * @returns {Promise<Device[]>}
   */
  async devices() {
    const all = (await this.platform.mediaDevices?.enumerateDevices?.()) ?? [];
    return all
      .filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== 'communications')
      .map(({ deviceId, label }) => ({ deviceId, label }));
  }

  /** @returns {Promise<Permission>} unknown: the browser does not tell (Firefox before 131) */
  async permission() {
    return (await this.#status())?.state ?? 'unknown';
  }

  /**
   * @param {(state: Permission, previous: Permission) => void} onChange
   * @returns {() => void} ends it
   */
  watchPermission(onChange) {
    let over = false;
    let forget = () => {};
    this.#status().then((status) => {
      if (!status || over) return;
      let previous = status.state;
      const changed = () => {
        const { state } = status;
        if (state !== previous) onChange(state, previous);
        previous = state;
      };
      status.addEventListener('change', changed);
      forget = () => status.removeEventListener('change', changed);
    });
    return () => {
      over = true;
      forget();
    };
  }

  /**
   * @param {(devices: Device[]) => void} onChange a device was plugged in or out
   * @returns {() => void} ends it
   */
  watchDevices(onChange) {
    const { mediaDevices } = this.platform;
    let over = false;
    const changed = async () => {
      const devices = await this.devices();
      if (!over) onChange(devices);
    };
    mediaDevices?.addEventListener?.('devicechange', changed);
    return () => {
      over = true;
      mediaDevices?.removeEventListener?.('devicechange', changed);
    };
  }

  /**
   * @param {MediaStream} stream
   * @param {{ended: () => void, silenced: () => void}} on not of what the page itself stops
   * @returns {() => void} ends it
   */
  watchTracks(stream, { ended, silenced }) {
    const { later, cancel } = this.platform;
    let timer = 0;
    const unmute = () => cancel(timer);
    const mute = () => {
      cancel(timer);
      timer = later(silenced, SILENCED_AFTER_MS);
    };
    const listeners = { ended, mute, unmute };
    const tracks = stream.getAudioTracks();
    for (const track of tracks) {
      for (const [name, listen] of Object.entries(listeners)) track.addEventListener(name, listen);
      if (track.muted) mute();
    }
    return () => {
      cancel(timer);
      for (const track of tracks) {
        for (const [name, listen] of Object.entries(listeners)) {
          track.removeEventListener(name, listen);
        }
      }
    };
  }

  /**
   * Calls back when asking again is worth a try, and would not surprise the person with a
   * question: the permission is there again, or a device was plugged in.
   * @param {string} reason why the microphone is closed
   * @param {() => void} callback
   * @returns {() => void} ends it
   */
  awaitReturn(reason, callback) {
    if (reason === 'microphone_refused') {
      return this.watchPermission((state) => {
        if (state === 'granted') callback();
      });
    }
    let over = false;
    const unwatch = this.watchDevices(async (devices) => {
      const allowed = ['granted', 'unknown'].includes(await this.permission());
      if (!over && allowed && devices.length > 0) callback();
    });
    return () => {
      over = true;
      unwatch();
    };
  }

  async #status() {
    try {
      const name = /** @type {PermissionName} */ ('microphone'); // unknown to some type libraries
      return await this.platform.permissions?.query({ name });
    } catch {
      return undefined; // a TypeError: the browser has no such permission to ask about
    }
  }
}

/** @param {MediaStream} stream */
export function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/**
 * @param {MicrophoneSettings} one
 * @param {MicrophoneSettings} other
 */
export function sameSettings(one, other) {
  return (
    one.deviceId === other.deviceId &&
    one.echoCancellation === other.echoCancellation &&
    one.noiseSuppression === other.noiseSuppression &&
    one.autoGainControl === other.autoGainControl
  );
}

/**
 * Whether that is a refusal which was none before; "prompt" after "granted" is one too.
 * @param {Permission} state
 * @param {Permission} previous
 */
export function withdrawn(state, previous) {
  return state === 'denied' || (state === 'prompt' && previous === 'granted');
}
