// @ts-check
// What the microphone and the loudspeaker have in common: the browser's Web Audio, or a clear word
// that it is not there.

/** Carries a code of page/explain.js. */
export class AudioProblem extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   */
  constructor(code, detail) {
    super(detail);
    this.name = 'AudioProblem';
    this.code = code;
  }
}

/**
 * @param {string} file of worklets/
 * @returns {string} its address
 */
export const worklet = (file) => new URL(`./worklets/${file}`, import.meta.url).href;

/** @returns {typeof AudioContext} */
export function audioContextClass() {
  if (typeof AudioContext === 'undefined' || typeof AudioWorkletNode === 'undefined') {
    throw new AudioProblem(
      isSecureContext ? 'browser_too_old' : 'insecure_page',
      'no AudioWorklet',
    );
  }
  return AudioContext;
}

/**
 * What the microphone needs of the browser; a test brings its own.
 * @typedef {object} Platform
 * @property {MediaDevices | undefined} mediaDevices absent on an insecure page
 * @property {Permissions | undefined} permissions
 * @property {boolean} secure
 * @property {EventTarget} gestures where clicks and keys can be seen
 * @property {() => typeof AudioContext} contextClass
 * @property {typeof AudioWorkletNode} WorkletNode
 * @property {(action: () => void, ms: number) => number} later
 * @property {(timer: number) => void} cancel
 */

/** @type {Platform} read when it is needed, so that this loads outside a browser too */
export const browserPlatform = {
  get mediaDevices() {
    return navigator.mediaDevices;
  },
  get permissions() {
    return navigator.permissions;
  },
  get secure() {
    return isSecureContext;
  },
  get gestures() {
    return document;
  },
  contextClass: audioContextClass,
  get WorkletNode() {
    return AudioWorkletNode;
  },
  later: (action, ms) => Number(setTimeout(action, ms)),
  cancel: (timer) => clearTimeout(timer),
};
