// A client of livegate.v1 that counts, breaks and comes back: docs/wire-browser.md, "Coming back".
// It keeps the session's messages over all its connections in one list.

import { createHash } from 'node:crypto';

import { SocketClient } from './socket_client.mjs';

const OF_CONNECTION = new Set(['ready', 'pong']);

export class ResumeClient extends SocketClient {
  /** The session's messages, over all connections: events as objects, audio as Buffers. */
  messages = [];
  sent = 0; // by our own count
  token = '';
  ready = null;
  beside = []; // events of the present connection that are no session messages

  /** @param {string} url @param {import("ws").ClientOptions} options */
  constructor(url, options = {}) {
    super();
    this.url = url;
    this.options = options;
  }

  /** A new connection, on which nothing has been sent. */
  async connect(options = this.options) {
    this.open(this.url, ['livegate.v1'], options);
    this.ready = null;
    this.beside = [];
    await this.isOpen();
  }

  take(data, isBinary) {
    const event = isBinary ? null : JSON.parse(data.toString());
    const besides = !this.ready || (event && OF_CONNECTION.has(event.type));
    if (besides) this.beside.push(event);
    else this.messages.push(event ?? Buffer.from(data));
    if (event?.type === 'ready') {
      this.ready = event;
      if (event.resume) this.token = event.resume.token;
      if (event.resumed) this.sent = event.received;
    }
  }

  kinds() {
    return [...this.beside, ...this.messages].map((each) => each?.code ?? each?.type ?? 'audio');
  }

  event(type) {
    return this.until(() => this.messages.find((each) => each.type === type), type);
  }

  besides(type) {
    return this.until(() => this.beside.find((each) => each?.type === type), type);
  }

  /** Sends what is no session message. */
  write(message) {
    this.socket.send(JSON.stringify(message));
  }

  /** Sends a session message. */
  send(message) {
    this.sent++;
    this.socket.send(Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  async start(fields = {}) {
    await this.connect();
    this.write({ type: 'start', ...fields });
    return this.besides('ready');
  }

  /** Confirms what has arrived. Resolves when the gateway knows. */
  async confirm(id = 1) {
    const seen = this.beside.length;
    this.write({ type: 'ping', id, received: this.messages.length });
    await this.until(
      () => this.beside.slice(seen).some((each) => each?.type === 'pong'),
      'the pong',
    );
  }

  /** The connection breaks, as seen from here: no close frame. */
  cut() {
    this.close();
  }

  /** Asks to go on; the answer, whichever it is. */
  async comeBack({ token = this.token, received = this.messages.length, options } = {}) {
    await this.connect(options);
    this.write({ type: 'start', resume: token, received });
    return this.until(
      () => this.beside.find((each) => each.type === 'ready' || each.type === 'error'),
      'an answer to the resume',
    );
  }

  get audio() {
    return Buffer.concat(this.messages.filter(Buffer.isBuffer));
  }
  get audioHash() {
    return createHash('sha256').update(this.audio).digest('hex');
  }
}
