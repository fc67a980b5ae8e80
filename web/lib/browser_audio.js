// @ts-check
// The two ends of Web Audio, as LivegateClient wants them: a microphone that gives packets, a
// loudspeaker that takes them. Decides which device settings to ask for; all arithmetic is in the
// worklets' pure modules.

/** Carries a code of lib/explain.js. */
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

/** @type {Readonly<Record<string, string>>} what getUserMedia's exceptions mean for a person */
const MICROPHONE_CODES = Object.freeze({
  NotAllowedError: 'microphone_refused',
  SecurityError: 'microphone_refused',
  NotFoundError: 'microphone_missing',
  OverconstrainedError: 'microphone_missing',
  NotReadableError: 'microphone_in_use',
  AbortError: 'microphone_in_use',
});

/**
 * @param {string} file
 * @returns {string}
 */
const worklet = (file) => new URL(`../worklets/${file}`, import.meta.url).href;

/** @returns {typeof AudioContext} */
function audioContextClass() {
  if (typeof AudioContext === 'undefined' || typeof AudioWorkletNode === 'undefined') {
    throw new AudioProblem(
      isSecureContext ? 'browser_too_old' : 'insecure_page',
      'no AudioWorklet',
    );
  }
  return AudioContext;
}

/** Packets of 20 ms at 16 kHz from the default microphone. */
export class BrowserMicrophone {
  constructor() {
    this.opening = 0; // which open() is the latest; close() makes all earlier ones void
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {AudioContext | null} */
    this.context = null;
  }

  /**
   * Asks for the microphone and begins. Resolves to false if close() came in between.
   * @param {(bytes: ArrayBuffer, rms: number) => void} onPacket
   * @param {() => void} onLost the device went away
   * @returns {Promise<boolean>}
   * @throws {AudioProblem}
   */
  async open(onPacket, onLost) {
    const mine = ++this.opening;
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new AudioProblem(
        isSecureContext ? 'browser_too_old' : 'insecure_page',
        'no getUserMedia',
      );
    }
    const Context = audioContextClass();
    const stream = await askForMicrophone();
    if (mine !== this.opening) {
      stopTracks(stream);
      return false;
    }
    // The device's own rate: a context of another rate refuses the microphone in Firefox.
    const context = new Context({ latencyHint: 'interactive' });
    this.stream = stream;
    this.context = context;
    context.resume(); // not awaited: where a browser holds it back, the next gesture brings it
    await context.audioWorklet.addModule(worklet('capture.js'));
    if (mine !== this.opening) return false;
    const node = new AudioWorkletNode(context, 'livegate-capture', {
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    node.port.onmessage = ({ data }) => {
      if (mine === this.opening) onPacket(data.bytes, data.rms);
    };
    // The node's output is silence; connected, it is pulled in every browser.
    context.createMediaStreamSource(stream).connect(node).connect(context.destination);
    for (const track of stream.getAudioTracks()) {
      track.addEventListener('ended', () => mine === this.opening && onLost());
    }
    return true;
  }

  /** Releases the device; the browser's recording mark goes out. */
  close() {
    this.opening++;
    if (this.stream) stopTracks(this.stream);
    this.context?.close().catch(() => {}); // already closed: nothing is lost
    this.stream = null;
    this.context = null;
  }
}

/** @returns {Promise<MediaStream>} */
async function askForMicrophone() {
  const audio = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: 1,
  };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    const { name, message } = /** @type {DOMException} */ (error);
    throw new AudioProblem(MICROPHONE_CODES[name] ?? 'microphone_failed', message);
  }
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

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
