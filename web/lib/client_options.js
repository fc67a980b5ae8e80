// @ts-check
// What a LivegateClient is made of, and what it does without. Decides the defaults; everything that
// belongs to the browser can be replaced, in a test or under node.

/**
 * @typedef {import("./microphone_switch.js").Microphone & {
 *   settings?: MicrophoneSettings,
 *   configure?: (settings: MicrophoneSettings) => unknown,
 *   devices?: () => Promise<{deviceId: string, label: string}[]>,
 *   connectSpeaker?: (port: MessagePort) => void}} Microphone
 */
/**
 * @typedef {object} MicrophoneSettings
 * @property {string} [deviceId]
 * @property {boolean} [echoCancellation]
 * @property {boolean} [noiseSuppression]
 * @property {boolean} [autoGainControl]
 */
/**
 * @typedef {object} Speaker
 * @property {() => Promise<unknown>} open
 * @property {(session: number) => void} reset
 * @property {(turn: number, bytes: ArrayBuffer) => void} push
 * @property {(turn: number) => void} end
 * @property {(turn: number) => void} flush
 * @property {() => void} rest
 * @property {(report: any) => void} onReport
 * @property {(port: MessagePort) => void} [connectMicrophone]
 * @property {number} [outputLatency] seconds
 */
/**
 * @typedef {object} Options
 * @property {string} url of /v1/live
 * @property {() => string | Promise<string>} [token] asked at each connection
 * @property {readonly object[]} [tools] function declarations
 * @property {(name: string, args: any) => any} [onToolCall] returns {result} or
 *   {error}, or a promise of it
 * @property {object} [settings] further fields of `start`: model, voice, language,
 *   system_instruction
 * @property {Microphone | null} [microphone]
 * @property {Speaker | null} [speaker]
 * @property {import("./pictures.js").Camera | null} [camera]
 * @property {typeof WebSocket} [WebSocket]
 * @property {() => Promise<boolean>} [probe] does the gateway answer plain requests?
 * @property {() => number} [now] ms
 * @property {() => number} [random] 0..1
 * @property {(action: () => void, ms: number) => number} [later]
 * @property {(timer: number) => void} [cancel]
 */

/** @param {Options} options */
export function withDefaults(options) {
  return {
    token: () => '',
    tools: [],
    onToolCall: () => ({ error: 'this client runs no tools' }),
    settings: {},
    microphone: null,
    speaker: null,
    camera: null,
    WebSocket: globalThis.WebSocket,
    probe: async () => false,
    now: () => performance.now(),
    random: Math.random,
    later: (/** @type {() => void} */ action, /** @type {number} */ ms) =>
      Number(setTimeout(action, ms)),
    cancel: (/** @type {number} */ timer) => clearTimeout(timer),
    ...options,
  };
}
