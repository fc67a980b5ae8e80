// A client of the Live API's wire for tests, without an SDK: every byte it sends is the test's own.

import { SocketClient } from './socket_client.mjs';

export const SERVICE = 'google.ai.generativelanguage.v1beta.GenerativeService';
export const PATH = `/ws/${SERVICE}.BidiGenerateContent`;
export const SETUP = { setup: { model: 'models/gemini-3.8-live' } };

export class LiveClient extends SocketClient {
  messages = [];
  frames = []; // {binary, bytes, text} of each message
  pongs = 0;

  /**
   * @param {number} port
   * @param {{path?: string, key?: string, origin?: string, headers?: object}} options
   */
  constructor(port, { path = PATH, key, ...options } = {}) {
    super();
    const query = key === undefined ? '' : `?key=${key}`;
    this.open(`ws://127.0.0.1:${port}${path}${query}`, [], options);
    this.socket.on('pong', () => {
      this.pongs += 1;
      this.settle();
    });
  }

  take(data, binary) {
    const text = data.toString();
    this.frames.push({ binary, bytes: data.length, text });
    this.messages.push(JSON.parse(text));
  }

  kinds() {
    return this.messages.map((m) => Object.keys(m.serverContent ?? m).join('+') || '{}');
  }

  /** The first message from number `from` on that fits. */
  message(find, what, from = 0) {
    return this.until(() => this.messages.slice(from).find(find), what);
  }

  /** @param {object | string | Buffer} message an object is sent as JSON */
  async send(message, options = {}) {
    await this.isOpen();
    const plain = typeof message === 'string' || Buffer.isBuffer(message);
    this.socket.send(plain ? message : JSON.stringify(message), options);
  }

  /** Sends the setup and waits for its answer. */
  async start(setup = SETUP) {
    await this.send(setup);
    return this.message((m) => m.setupComplete, 'setupComplete');
  }
}

/** A tone at 16 kHz, `ms` long: loud enough to count as speech for the detector `energy`. */
export function tone(ms) {
  const samples = new Int16Array(ms * 16);
  for (let i = 0; i < samples.length; ++i) samples[i] = 8000 * Math.sin((i * Math.PI) / 20);
  return Buffer.from(samples.buffer);
}
export const silent = (ms) => Buffer.alloc(ms * 32);

export const audio = (pcm) => ({
  realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data: pcm.toString('base64') } },
});
