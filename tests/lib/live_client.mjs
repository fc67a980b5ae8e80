// A client of the Live API's wire for tests, without an SDK: every byte it sends is the test's own.

import { require, within } from './livegate.mjs';

const WebSocket = require('ws');

export const SERVICE = 'google.ai.generativelanguage.v1beta.GenerativeService';
export const PATH = `/ws/${SERVICE}.BidiGenerateContent`;
export const SETUP = { setup: { model: 'models/gemini-3.8-live' } };

export class LiveClient {
  /**
   * @param {number} port
   * @param {{path?: string, key?: string, origin?: string, headers?: object}} options
   */
  constructor(port, options = {}) {
    this.messages = [];
    this.frames = []; // {binary, bytes, text} of each message
    this.closed = null;
    this.pongs = 0;
    this.waiting = [];
    const query = options.key === undefined ? '' : `?key=${options.key}`;
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${options.path ?? PATH}${query}`, {
      perMessageDeflate: false,
      origin: options.origin,
      headers: options.headers,
    });
    this.socket.on('message', (data, binary) => {
      const text = data.toString();
      this.frames.push({ binary, bytes: data.length, text });
      this.messages.push(JSON.parse(text));
      this.settle();
    });
    this.socket.on('pong', () => {
      this.pongs += 1;
      this.settle();
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString(), bytes: reason.length };
      this.settle();
    });
    this.socket.on('unexpected-response', (request, response) => {
      this.closed = { status: response.statusCode };
      this.settle();
      request.destroy();
    });
    this.socket.on('error', () => {});
    this.socket.on('open', () => this.settle());
  }

  settle() {
    for (const wait of [...this.waiting]) {
      const found = wait.find();
      if (!found) continue;
      this.waiting.splice(this.waiting.indexOf(wait), 1);
      wait.resolve(found);
    }
  }

  until(find, what) {
    const found = new Promise((resolve) => {
      this.waiting.push({ find, resolve });
      this.settle();
    });
    return within(found, what).catch((error) => {
      const had = this.messages.map((m) => Object.keys(m.serverContent ?? m).join('+') || '{}');
      throw new Error(
        `${error.message}; had ${JSON.stringify(had)}, closed ${JSON.stringify(this.closed)}`,
      );
    });
  }

  isOpen() {
    return this.until(() => this.socket.readyState === WebSocket.OPEN || this.closed, 'the 101');
  }
  isClosed() {
    return this.until(() => this.closed, 'the close');
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

  close() {
    this.socket.terminate();
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
