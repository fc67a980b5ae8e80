// @ts-check
// The loudspeaker, as LivegateClient wants it: takes a reply's samples and says what was played and
// what of it has reached the ear. Decides when the sound card is held and let go, and keeps one
// AudioContext for its whole life; what sounds when is decided in the worklet's pure modules.

import { audioContextClass, worklet } from './web_audio.js';
import { HeardClock } from './heard.js';

const REPLY_RATE_HZ = 24000;
/**
 * Commands kept while the worklet loads (some 50 ms); where it never comes up, there is nothing
 * to play them.
 */
const EARLY_COMMANDS_MAX = 1000;
const SUSPEND_AFTER_MS = 250; // well after the last fade
/** The last words of a reply leave the device some time after they were rendered. */
const HEARD_RETRY_MS_MIN = 5;
const HEARD_RETRY_MS_MAX = 1000;
/** With these a person lets a page make sound that began without a click. */
const GESTURES = ['pointerdown', 'keydown', 'touchend'];

/** @typedef {import("./worklets/playback.js").Message} Message */
/**
 * What the device adds to the worklet's report.
 * @typedef {object} Heard
 * @property {number} heard samples of this session's replies that are audible, at 24 kHz
 * @property {[number, number][]} heardOf the same by turn
 * @property {number} at_ms performance.now() time at which the reported block becomes audible
 * @property {number} latency_ms from the block's rendering to the ear
 *
 * @typedef {import("./playback_pipe.js").Report & Heard} SpeakerReport
 */

/** Plays replies through the playback worklet. One context from open() to close(). */
export class BrowserSpeaker {
  #generation = 0; // close() makes what was begun before it void
  #heard = new HeardClock();
  #heardTimer = 0;
  #wanted = false; // between open() and rest()
  #ducking = NaN;

  /** @param {(report: SpeakerReport) => void} [onReport] */
  constructor(onReport = () => {}) {
    this.onReport = onReport;
    /** @type {Promise<void> | null} */
    this.opened = null;
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {AnalyserNode | null} */
    this.analyser = null;
    /** @type {AudioWorkletNode | null} */
    this.node = null;
    this.resting = 0;
    /** @type {{message: Message, transfer: Transferable[]}[]} before the worklet is up */
    this.early = [];
    this.onGesture = () => this.#wake();
  }

  /**
   * Call it from a click: browsers keep a context silent that was made without one. Where they
   * do, the next click or key anywhere in the page wakes it; this promise does not wait for that.
   * @returns {Promise<void>} the worklet is up
   */
  open() {
    clearTimeout(this.resting);
    this.#wanted = true;
    if (this.context?.state === 'closed') this.#forget(); // lost: a new one is needed
    const generation = this.#generation;
    this.opened ??= this.#build().catch((error) => {
      if (generation === this.#generation) this.close();
      throw error;
    });
    this.#wake();
    return this.opened;
  }

  async #build() {
    const generation = this.#generation;
    const context = newPlaybackContext(audioContextClass());
    this.context = context;
    context.onstatechange = () => this.#onState(context);
    await context.audioWorklet.addModule(worklet('playback.js'));
    if (generation !== this.#generation) return; // closed in between
    const node = new AudioWorkletNode(context, 'livegate-playback', {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    node.port.onmessage = ({ data }) => this.#onRendered(data);
    this.analyser = new AnalyserNode(context, { fftSize: 1024 });
    node.connect(this.analyser).connect(context.destination);
    this.node = node;
    if (Number.isFinite(this.#ducking)) this.setDucking(this.#ducking);
    for (const { message, transfer } of this.early.splice(0))
      node.port.postMessage(message, transfer);
  }

  /**
   * The device's rate, latency and state, or null while there is no context.
   * @returns {{rate_hz: number, latency_ms: number, state: string} | null}
   */
  get device() {
    if (!this.context) return null;
    const { sampleRate, state } = this.context;
    return { rate_hz: sampleRate, latency_ms: 1000 * this.outputLatency, state };
  }

  /** Seconds from the worklet's output to the ear, as far as the browser knows. */
  get outputLatency() {
    return (this.context?.outputLatency ?? 0) + (this.context?.baseLatency ?? 0);
  }

  /** @param {number} session the number that the reports will carry */
  reset(session) {
    this.#post({ type: 'reset', session });
  }

  /**
   * @param {number} turn
   * @param {ArrayBuffer} bytes s16 little-endian at 24 kHz; given away
   */
  push(turn, bytes) {
    this.#post({ type: 'push', turn, bytes }, [bytes]);
  }

  /** @param {number} turn */
  end(turn) {
    this.#post({ type: 'end', turn });
  }

  /** @param {number} turn */
  flush(turn) {
    this.#post({ type: 'flush', turn });
  }

  /**
   * A line to the microphone's worklet: onsets of speech come in, the level of the reply goes out.
   * @param {MessagePort} port given away; it takes the place of the one before
   */
  connectMicrophone(port) {
    this.#post({ type: 'microphone', port }, [port]);
  }

  /** @param {number} db how far a reply is turned down at an onset: -12 to -18 */
  setDucking(db) {
    this.#ducking = db;
    if (this.node) this.#post({ type: 'ducking', db });
  }

  /** Silence now, and the sound card let go once the fade is over. */
  rest() {
    this.#wanted = false;
    this.#stopWaiting();
    this.flush(Number.MAX_SAFE_INTEGER);
    clearTimeout(this.resting);
    this.resting = Number(setTimeout(() => this.#suspend(), SUSPEND_AFTER_MS));
  }

  /**
   * Lets everything go. A later open() begins anew.
   * @returns {Promise<void>} the context is closed
   */
  async close() {
    const { context, node } = this;
    this.#wanted = false;
    node?.port.postMessage({ type: 'close' });
    this.#forget();
    if (context && context.state !== 'closed') await context.close().catch(() => {});
  }

  #forget() {
    this.#generation++;
    clearTimeout(this.resting);
    clearTimeout(this.#heardTimer);
    this.#stopWaiting();
    if (this.node) {
      this.node.port.onmessage = null;
      this.node.port.close();
      this.node.disconnect();
    }
    this.analyser?.disconnect();
    if (this.context) this.context.onstatechange = null;
    this.opened = null;
    this.context = null;
    this.node = null;
    this.analyser = null;
    this.early = [];
  }

  /** Where the browser refuses, the next gesture tries again. */
  #wake() {
    const { context } = this;
    if (!context || !this.#wanted || context.state === 'running') return;
    context.resume().catch(() => {}); // closed meanwhile: open() will see it
    for (const gesture of GESTURES) globalThis.addEventListener?.(gesture, this.onGesture, true);
  }

  #stopWaiting() {
    for (const gesture of GESTURES)
      globalThis.removeEventListener?.(gesture, this.onGesture, true);
  }

  /** @param {AudioContext} context */
  #onState(context) {
    if (context !== this.context) return;
    if (context.state === 'running') this.#stopWaiting();
    else if (context.state === 'closed') this.#forget();
    else this.#wake(); // a telephone call, or a browser that let the device go
  }

  #suspend() {
    this.context?.suspend().catch(() => {}); // closed meanwhile: nothing to let go
  }

  /**
   * @param {Message} message
   * @param {Transferable[]} [transfer]
   */
  #post(message, transfer = []) {
    if (this.node) this.node.port.postMessage(message, transfer);
    else if (this.early.length < EARLY_COMMANDS_MAX) this.early.push({ message, transfer });
  }

  /** @param {import("./playback_pipe.js").Report} report */
  #onRendered(report) {
    this.#heard.note(report);
    this.#tell(report);
  }

  /** @param {import("./playback_pipe.js").Report} report */
  #tell(report) {
    const { context } = this;
    if (!context) return;
    clearTimeout(this.#heardTimer);
    const device = deviceClock(context);
    const now = performance.now();
    const { heard, heardOf, complete } = this.#heard.at(device.contextTimeAt(now));
    const at_ms = device.audibleAt(report.time);
    const latency_ms = Math.max(0, device.latencyMs);
    this.onReport({ ...report, heard, heardOf, at_ms, latency_ms });
    if (report.playing || complete) return;
    // The silence was rendered, the sound before it is still on its way: the same report is told
    // again when that is out.
    const wait = device.audibleAt(report.until) - now;
    const delay = Math.min(HEARD_RETRY_MS_MAX, Math.max(HEARD_RETRY_MS_MIN, wait));
    const later = () => this.#tell(report);
    if (context.state === 'running') this.#heardTimer = Number(setTimeout(later, delay));
  }
}

/**
 * What the device plays when.
 * @param {AudioContext} context
 */
function deviceClock(context) {
  const now = performance.now();
  const stamp = context.getOutputTimestamp?.() ?? {};
  const { contextTime = 0, performanceTime = 0 } = stamp;
  const known = contextTime > 0 && performanceTime > 0;
  // Without a time stamp: what is rendered now is heard after the device's latency.
  const latency = (context.outputLatency ?? 0) + (context.baseLatency ?? 0);
  const heardAt = known ? contextTime : context.currentTime - latency;
  const heardAtMs = known ? performanceTime : now;
  return {
    contextTimeAt: (/** @type {number} */ ms) => heardAt + (ms - heardAtMs) / 1000,
    audibleAt: (/** @type {number} */ time) => heardAtMs + (time - heardAt) * 1000,
    latencyMs: (context.currentTime - heardAt) * 1000 - (now - heardAtMs),
  };
}

/** @param {typeof AudioContext} Context */
function newPlaybackContext(Context) {
  try {
    return new Context({ sampleRate: REPLY_RATE_HZ, latencyHint: 'interactive' });
  } catch {
    return new Context({ latencyHint: 'interactive' }); // the worklet resamples
  }
}
