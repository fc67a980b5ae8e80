// @ts-check
// The audio graph behind the microphone: a context at the device's own rate and the capture
// worklet in it. Decides how to get it running where the browser holds sound back; streams come
// and go (microphone.js) while the worklet stays, and with it what it has learnt of noise and echo.

import { worklet } from './web_audio.js';

/** What a browser may take for a sign that the person is there. */
const GESTURES = ['pointerdown', 'pointerup', 'touchend', 'keydown', 'click'];
const CAPTURE = { capture: true }; // before anything on the page stops the event
const SUSPENDED_SAID_AFTER_MS = 1000; // some contexts take a few hundred to start
const ANSWER_MAX_MS = 500; // of the worklet, which answers within a block or two
const END_MAX_MS = 500; // where the worklet does not answer any more

/**
 * The worklet gets every channel of the stream as it is, and mixes them itself: asked for one
 * channel, browsers keep the first of a layout that they do not know, such as 3, 5 or 12.
 * @type {AudioWorkletNodeOptions}
 */
export const CAPTURE_NODE = {
  channelCountMode: 'max',
  channelInterpretation: 'discrete',
  outputChannelCount: [1],
};

/** @typedef {import("./capture_pipe.js").Heard} Heard */
/**
 * @typedef {object} GraphOptions
 * @property {(bytes: ArrayBuffer, rms: number, heard: Heard) => void} onPacket
 * @property {() => void} onSuspended it did not start by itself, and waits for a gesture
 */

export class CaptureGraph {
  /**
   * @param {import("./web_audio.js").Platform} platform
   * @param {GraphOptions} options
   * @returns {Promise<CaptureGraph>}
   */
  static async open(platform, options) {
    const Context = platform.contextClass();
    // The device's own rate: a context of another rate refuses the microphone in Firefox.
    const context = new Context({ latencyHint: 'interactive' });
    const graph = new CaptureGraph(platform, context, options);
    try {
      await context.audioWorklet.addModule(worklet('capture.js'));
      graph.#build();
    } catch (error) {
      graph.close();
      throw error;
    }
    return graph;
  }

  /** @type {AudioWorkletNode | null} */
  #node = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  /** @type {((port: MessagePort | null) => void) | null} who waits for the speaker's port */
  #awaitsPort = null;
  #waiting = false; // for the context to run
  #timer = 0;

  /**
   * @param {import("./web_audio.js").Platform} platform
   * @param {AudioContext} context
   * @param {GraphOptions} options
   */
  constructor(platform, context, options) {
    this.platform = platform;
    this.context = context;
    this.options = options;
    context.addEventListener('statechange', this.#onState);
    this.#onState();
  }

  #build() {
    const { WorkletNode } = this.platform;
    const node = new WorkletNode(this.context, 'livegate-capture', CAPTURE_NODE);
    node.port.onmessage = ({ data }) => {
      if (data.type === 'speaker') this.#awaitsPort?.(data.port);
      else this.options.onPacket(data.bytes, data.rms, heardOf(data));
    };
    node.connect(this.context.destination); // silence; connected, it is pulled in every browser
    this.#node = node;
  }

  /**
   * From now on this stream is heard, and no other.
   * @param {MediaStream} stream
   * @throws {DOMException} where the device's rate is not the context's (Firefox)
   */
  feed(stream) {
    const { context } = this;
    const source = context.createMediaStreamSource(stream);
    this.#source?.disconnect();
    this.#source = source;
    if (this.#node) source.connect(this.#node);
  }

  /** The stream before has ended; silence is heard until the next. */
  starve() {
    this.#source?.disconnect();
    this.#source = null;
  }

  /** @param {MessagePort} port to the playback worklet; given away */
  connectSpeaker(port) {
    this.#node?.port.postMessage({ type: 'speaker', port }, [port]);
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    this.#node?.port.postMessage({ type: 'muted', muted });
  }

  /**
   * Takes the speaker's port back, for another graph.
   * @returns {Promise<MessagePort | null>} null: there was none, or the worklet does not answer
   */
  takeSpeaker() {
    return new Promise((resolve) => {
      const timer = this.platform.later(() => resolve(null), ANSWER_MAX_MS);
      this.#awaitsPort = (port) => {
        this.platform.cancel(timer);
        resolve(port);
      };
      this.#node?.port.postMessage({ type: 'release_speaker' });
    });
  }

  /** Nothing of it is left: no port, no node, no context, no listener; a moment later. */
  close() {
    this.#stopWaiting();
    this.context.removeEventListener('statechange', this.#onState);
    this.starve();
    const node = this.#node;
    this.#node = null;
    if (node && this.context.state === 'running') this.#afterLastBlock(node);
    else this.#dispose(node);
  }

  /**
   * Chromium keeps a worklet's node, and its context, for ever if the context is closed before
   * process() has said that it was the last time.
   * @param {AudioWorkletNode} node
   */
  #afterLastBlock(node) {
    let timer = 0;
    const dispose = () => {
      this.platform.cancel(timer);
      this.#dispose(node);
    };
    timer = this.platform.later(dispose, ANSWER_MAX_MS);
    node.port.onmessage = ({ data }) => data.type === 'closed' && dispose();
    node.port.postMessage({ type: 'close' });
  }

  /** @param {AudioWorkletNode | null} node */
  #dispose(node) {
    if (node) {
      node.port.onmessage = null;
      node.port.close();
      node.disconnect();
    }
    if (this.context.state !== 'closed') this.context.close().catch(() => {}); // closing already
  }

  #onState = () => {
    const { state } = this.context;
    if (state === 'running' || state === 'closed') this.#stopWaiting();
    else this.#wait();
  };

  #wait() {
    this.#resume();
    if (this.#waiting) return;
    this.#waiting = true;
    const { gestures, later } = this.platform;
    for (const name of GESTURES) gestures.addEventListener(name, this.#resume, CAPTURE);
    this.#timer = later(() => {
      if (this.#waiting) this.options.onSuspended();
    }, SUSPENDED_SAID_AFTER_MS);
  }

  #stopWaiting() {
    if (!this.#waiting) return;
    this.#waiting = false;
    const { gestures, cancel } = this.platform;
    for (const name of GESTURES) gestures.removeEventListener(name, this.#resume, CAPTURE);
    cancel(this.#timer);
  }

  /** Not awaited: where a browser holds sound back, it stays pending until a gesture. */
  #resume = () => {
    this.context.resume().catch(() => {}); // a closed one
  };
}

/**
 * @param {Heard} data
 * @returns {Heard}
 */
function heardOf({ speech, level_dbfs, echo }) {
  return { speech, level_dbfs, echo };
}
