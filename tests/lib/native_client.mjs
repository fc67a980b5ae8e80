// A client of livegate.v1 for tests: it keeps every event and lets a test wait for the next one.

import { require, within } from './livegate.mjs';

const WebSocket = require('ws');

export class NativeClient {
  /** @param {{origin?: string, headers?: object, protocols?: string[]}} options */
  constructor(url, options = {}) {
    this.events = [];
    this.audioBytes = 0;
    this.closed = null;
    this.waiting = [];
    this.socket = new WebSocket(url, options.protocols ?? ['livegate.v1'], {
      perMessageDeflate: false,
      origin: options.origin,
      headers: options.headers,
    });
    this.socket.on('message', (data, isBinary) => {
      if (isBinary) {
        this.audioBytes += data.length;
      } else {
        this.events.push(JSON.parse(data.toString()));
      }
      this.settle();
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
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
      throw new Error(
        `${error.message}; had ${JSON.stringify(this.events.map((e) => e.code ?? e.type))}, ` +
          `closed ${JSON.stringify(this.closed)}`,
      );
    });
  }

  /** The first event of `type` from number `from` on. */
  event(type, from = 0) {
    return this.until(
      () => this.events.slice(from).find((e) => e.type === type),
      `the event ${type}`,
    );
  }

  isClosed() {
    return this.until(() => this.closed, 'the close');
  }

  async send(message) {
    await this.until(
      () => this.socket.readyState === WebSocket.OPEN || this.closed,
      'the socket to open',
    );
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async start(fields = {}) {
    await this.send({ type: 'start', ...fields });
    return this.event('ready');
  }

  /** One typed line and the whole reply to it. */
  async turn(text) {
    const from = this.events.length;
    await this.send({ type: 'text', text });
    return this.event('turn_complete', from);
  }

  /** True if nothing but ordinary events came. */
  get undisturbed() {
    return (
      !this.closed && !this.events.some((e) => ['error', 'reconnecting', 'bye'].includes(e.type))
    );
  }

  close() {
    this.socket.terminate();
  }
}
