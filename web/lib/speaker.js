// @ts-check
// The loudspeaker, as LivegateClient wants it: takes a reply's samples and says what was played.
// Decides when the sound card is let go; what sounds when is decided in the worklet's pure modules.

import { audioContextClass, worklet } from './web_audio.js';

const REPLY_RATE_HZ = 24000;
/**
 * Commands kept while the worklet loads (some 50 ms); where it never comes up, there is nothing
 * to play them.
 */
const EARLY_COMMANDS_MAX = 1000;
const SUSPEND_AFTER_MS = 250; // well after the last fade

/** Plays replies through the playback worklet. One context for the life of the page. */
export class BrowserSpeaker {
  /** @param {(report: import("./playback_pipe.js").Report) => void} [onReport] */
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
    /**
     * @type {{command: import("./playback_pipe.js").Command, transfer: Transferable[]}[]} before
     * the worklet is up
     */
    this.early = [];
  }

  /** Call it from a click: browsers keep a context silent that was made without one. */
  open() {
    clearTimeout(this.resting);
    this.opened ??= this.#build().catch((error) => {
      this.opened = null;
      throw error;
    });
    return this.opened.then(() => this.context?.resume());
  }

  async #build() {
    const context = newPlaybackContext(audioContextClass());
    this.context = context;
    context.resume(); // asked for while the click still counts, not awaited
    await context.audioWorklet.addModule(worklet('playback.js'));
    const node = new AudioWorkletNode(context, 'livegate-playback', {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    node.port.onmessage = ({ data }) => this.onReport(data);
    this.analyser = new AnalyserNode(context, { fftSize: 1024 });
    node.connect(this.analyser).connect(context.destination);
    this.node = node;
    for (const { command, transfer } of this.early.splice(0))
      node.port.postMessage(command, transfer);
  }

  /**
   * @param {import("./playback_pipe.js").Command} command
   * @param {Transferable[]} [transfer]
   */
  #post(command, transfer = []) {
    if (this.node) this.node.port.postMessage(command, transfer);
    else if (this.early.length < EARLY_COMMANDS_MAX) this.early.push({ command, transfer });
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

  /** Silence now, and the sound card let go once the fade is over. */
  rest() {
    this.flush(Number.MAX_SAFE_INTEGER);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.context?.suspend(), SUSPEND_AFTER_MS);
  }
}

/** @param {typeof AudioContext} Context */
function newPlaybackContext(Context) {
  try {
    return new Context({ sampleRate: REPLY_RATE_HZ, latencyHint: 'interactive' });
  } catch {
    return new Context({ latencyHint: 'interactive' }); // the worklet resamples
  }
}
