// @ts-check
// The microphone, as LivegateClient wants it: packets of 20 ms. Decides which device settings to
// ask for; all arithmetic is in the worklet's pure modules.

import { AudioProblem, audioContextClass, worklet } from './web_audio.js';

/** @type {Readonly<Record<string, string>>} what getUserMedia's exceptions mean for a person */
const MICROPHONE_CODES = Object.freeze({
  NotAllowedError: 'microphone_refused',
  SecurityError: 'microphone_refused',
  NotFoundError: 'microphone_missing',
  OverconstrainedError: 'microphone_missing',
  NotReadableError: 'microphone_in_use',
  AbortError: 'microphone_in_use',
});

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
   * @param {(bytes: ArrayBuffer, rms: number,
   *   heard: import("./capture_pipe.js").Heard) => void} onPacket
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
      if (mine === this.opening) onPacket(data.bytes, data.rms, data);
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
