// A client of livegate.v1 for tests: it keeps every event and lets a test wait for the next one.

import { SocketClient } from './socket_client.mjs';

export class NativeClient extends SocketClient {
  events = [];
  audioBytes = 0;

  /** @param {{origin?: string, headers?: object, protocols?: string[]}} options */
  constructor(url, { protocols = ['livegate.v1'], ...options } = {}) {
    super();
    this.open(url, protocols, options);
  }

  take(data, isBinary) {
    if (isBinary) this.audioBytes += data.length;
    else this.events.push(JSON.parse(data.toString()));
  }

  kinds() {
    return this.events.map((e) => e.code ?? e.type);
  }

  /** The first event of `type` from number `from` on. */
  event(type, from = 0) {
    return this.until(
      () => this.events.slice(from).find((e) => e.type === type),
      `the event ${type}`,
    );
  }

  /** @param {object | string | Buffer} message an object is sent as JSON */
  async send(message) {
    await this.isOpen();
    const plain = typeof message === 'string' || Buffer.isBuffer(message);
    this.socket.send(plain ? message : JSON.stringify(message));
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
}
