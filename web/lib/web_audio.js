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
