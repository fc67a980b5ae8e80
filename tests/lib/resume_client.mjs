// A client of livegate.v1 that counts, breaks and comes back: docs/wire-browser.md, "Coming back".
// It keeps the session's messages over all its connections in one list.

import { createHash } from 'node:crypto';

import { require, within } from './livegate.mjs';

const WebSocket = require('ws');
const OF_CONNECTION = new Set(['ready', 'pong']);

export class ResumeClient {
  /** @param {string} url @param {import("ws").ClientOptions} options */
  constructor(url, options = {}) {
    this.url = url;
    this.options = options;
    /** The session's messages, over all connections: events as objects, audio as Buffers. */
    this.messages = [];
    this.sent = 0; // by our own count
    this.token = '';
    this.ready = null;
    this.beside = []; // events of the present connection that are no session messages
    this.closed = null;
    this.waiting = [];
  }

  /** A new connection, on which nothing has been sent. */
  async connect(options = this.options) {
    const socket = new WebSocket(this.url, ['livegate.v1'], {
      perMessageDeflate: false,
      ...options,
    });
    this.socket = socket;
    this.closed = this.ready = null;
    this.beside = [];
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => this.socket === socket && this.take(data, isBinary));
    socket.on('close', (code) => {
      if (this.socket !== socket) return;
      this.closed = { code };
      this.settle();
    });
    await within(
      new Promise((resolve) => socket.once('open', resolve)),
      'the socket to open',
    );
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
    this.settle();
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
    return within(found, what);
  }

  event(type) {
    return this.until(() => this.messages.find((each) => each.type === type), type);
  }

  besides(type) {
    return this.until(() => this.beside.find((each) => each?.type === type), type);
  }

  isClosed() {
    return this.until(() => this.closed, 'the close');
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
    this.socket.terminate();
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
