// @ts-check
// One start(), over as many sockets as it takes. Decides when the gateway counts as there, when
// to try again, with or without the old session, and when to give up; tells what arrives to whoever
// made it. What an event means to the conversation is downlink.js's.

import { CONNECTION_EVENTS, parseEvent, say, subprotocols } from './protocol.js';
import { Backoff, Pinger } from './backoff.js';
import { RetransmitQueue } from './retransmit_queue.js';

/** @typedef {import("./protocol.js").ServerEvent} ServerEvent */
/** @typedef {{code: string, message: string, fatal: boolean}} Problem */
/**
 * What the world offers; all of it can be replaced in a test.
 * @typedef {object} Means
 * @property {string} url of /v1/live
 * @property {() => string | Promise<string>} token asked at each connection
 * @property {typeof WebSocket} WebSocket
 * @property {() => Promise<boolean>} probe does the gateway answer plain requests?
 * @property {() => number} now ms
 * @property {() => number} random 0..1
 * @property {(action: () => void, ms: number) => number} later
 * @property {(timer: number) => void} cancel
 */
/**
 * @typedef {object} Owner
 * @property {() => string} greeting the `start` of a new session
 * @property {(event: ServerEvent, how: {again: boolean, resumed: boolean, lost: number}) =>
 *   void} ready `lost`: messages of ours that did not fit the memory
 * @property {(event: ServerEvent) => void} message any other event
 * @property {(bytes: ArrayBuffer) => void} audio
 * @property {(answer: {sentMs: number, receivedMs: number, atMs: number | undefined}) => void} pong
 * @property {(attempt: number, retryInMs: number, resumable: boolean) => void} away
 * @property {(code: string, message: string) => void} problem one that is not fatal
 * @property {(failure: Problem | null) => void} over null: the gateway ended it in peace
 */

/** The gateway itself gives its upstream 10 s to connect and 15 s to set up. */
const READY_TIME_MAX_MS = 30_000;
const STOP_TIME_MAX_MS = 2_000;
/** Speech that waits in the socket: 5 s at 32 kB a second; newer packets are dropped, counted. */
const UNSENT_BYTES_MAX = 160_000;
/** A picture must not stand in the way of speech: half a second of it is waiting already. */
const UNSENT_BEFORE_PICTURE_MAX = 16_000;
/** Close codes with which a gateway says "not here, but try again". */
const RETRY_CODES = new Set([1001, 1012, 1013]);
const OPEN = 1;
const CLOSED = 3;

export class Connection {
  /** @type {WebSocket | null} */
  #socket = null;
  #ended = false;
  #opened = false; // the handshake of this socket succeeded
  #tries = 0; // which open() is the latest
  #waiting = false; // for the next try
  #resuming = false; // the `start` of this socket carried a token
  #wasReady = false; // at any time, over any socket
  /** @type {Problem | null} */
  #fatal = null;
  /** @type {string | null} */
  #bye = null;
  #pinger = new Pinger();
  #queue = new RetransmitQueue();
  /** @type {Backoff} */
  #backoff;
  #timers = { ready: 0, retry: 0, ping: 0 };

  /**
   * @param {Means} means
   * @param {Owner} owner
   */
  constructor(means, owner) {
    this.means = means;
    this.owner = owner;
    /** between `ready` and the socket's end */
    this.live = false;
    this.#backoff = new Backoff(means.random);
  }

  /** Opens a socket, the first or the next. */
  open() {
    const mine = ++this.#tries;
    const current = () => mine === this.#tries && !this.#ended;
    let token;
    try {
      token = this.means.token();
    } catch (error) {
      this.#failToken(error);
      return;
    }
    if (typeof token === 'string') {
      this.#connect(token);
      return;
    }
    this.#timer('ready', () => this.#giveUpWaiting(), READY_TIME_MAX_MS);
    token.then(
      (value) => current() && this.#connect(value),
      // Whoever mints tokens is away too: the next try asks again.
      (error) => current() && (this.#wasReady ? this.#retry() : this.#failToken(error)),
    );
  }

  /**
   * Speech. Dropped where the socket does not get rid of it.
   * @param {ArrayBuffer} bytes
   * @returns {boolean} false: dropped
   */
  sendAudio(bytes) {
    if (this.live && this.#unsentBytes > UNSENT_BYTES_MAX) return false;
    this.send(bytes);
    return true;
  }

  /**
   * Whatever belongs to the session. While the connection is away it is kept, if the session can
   * be taken up again.
   * @param {string | ArrayBuffer} data
   * @returns {boolean} whether it was sent or kept
   */
  send(data) {
    if (!this.live && !this.#queue.waiting) return false;
    this.#queue.keep(data);
    if (this.live) this.#write(data);
    return true;
  }

  /**
   * A picture: sent now or never, for the next one is better.
   * @param {string} message
   * @returns {boolean}
   */
  sendPicture(message) {
    if (!this.live || this.#unsentBytes > UNSENT_BEFORE_PICTURE_MAX) return false;
    this.#queue.keep(null);
    this.#write(message);
    return true;
  }

  /**
   * How much was heard: worth sending now, and not again.
   * @param {(received?: number) => string} message
   * @returns {boolean}
   */
  tellHeard(message) {
    if (!this.live) return false;
    this.#queue.keep(null);
    this.#write(message(this.received));
    return true;
  }

  /** How many session messages have arrived, where the gateway wants to know. */
  get received() {
    return this.#queue.offered ? this.#queue.received : undefined;
  }

  /**
   * Ends it, without a word to the owner.
   * @returns {Promise<void>} the socket is gone too
   */
  close() {
    this.#end();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket || socket.readyState === CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.means.later(() => {
        socket.close(1000);
        resolve();
      }, STOP_TIME_MAX_MS);
      socket.onclose = () => {
        this.means.cancel(timer);
        resolve();
      };
      if (socket.readyState === OPEN) socket.send(say.stop());
      else socket.close();
    });
  }

  // ------------------------------------------------------------------------------- the socket

  /** @param {any} error */
  #failToken(error) {
    this.#fail('bad_token', String(error?.message ?? error));
  }

  /** @param {string} token */
  #connect(token) {
    const { WebSocket, url } = this.means;
    let socket;
    try {
      socket = new WebSocket(url, subprotocols(token));
    } catch (error) {
      this.#failToken(error);
      return;
    }
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#opened = this.#resuming = this.live = false;
    this.#fatal = this.#bye = null;
    const current = () => this.#socket === socket;
    socket.onopen = () => current() && this.#onOpen();
    socket.onmessage = ({ data }) => current() && this.#onMessage(data);
    socket.onclose = ({ code, reason }) => current() && this.#onClose(code, reason);
    this.#timer('ready', () => this.#giveUpWaiting(), READY_TIME_MAX_MS);
  }

  #onOpen() {
    this.#opened = true;
    const token = this.#queue.token(this.means.now());
    this.#resuming = token !== '';
    this.#write(this.#resuming ? say.resume(token, this.#queue.received) : this.owner.greeting());
  }

  /** @param {string | ArrayBuffer} data */
  #onMessage(data) {
    if (typeof data !== 'string') {
      if (this.live) this.#queue.arrived();
      this.owner.audio(data);
      return;
    }
    const parsed = parseEvent(data);
    const event = 'event' in parsed ? parsed.event : null;
    if (this.live && !(event && CONNECTION_EVENTS.has(event.type))) this.#queue.arrived();
    if (event) this.#onEvent(event);
    else this.owner.problem('bad_event', /** @type {{problem: string}} */ (parsed).problem);
  }

  /** @param {ServerEvent} event */
  #onEvent(event) {
    if (event.type === 'error') {
      const { code, message } = event;
      if (event.fatal) this.#fatal = { code, message, fatal: true };
      else if (code === 'resume_refused' && this.#resuming) this.#beginAnew();
      else this.owner.problem(code, message);
      return;
    }
    if (event.type === 'ready') this.#onReady(event);
    else this.owner.message(event);
    if (event.type === 'pong') this.#onPong(event);
    if (event.type === 'bye') this.#bye = event.reason ?? '';
  }

  #beginAnew() {
    this.#resuming = false;
    this.#queue.begin();
    this.#write(this.owner.greeting());
  }

  /** @param {ServerEvent} event */
  #onReady(event) {
    const again = this.#wasReady;
    const resumed = this.#resuming && event.resumed === true;
    this.live = this.#wasReady = true;
    this.#backoff.succeeded(this.means.now());
    this.#timer('ready', null, 0);
    if (!resumed) this.#queue.begin();
    const { again: unsent, lost } = this.#queue.resumed(event.received ?? 0);
    this.#queue.offer(event.resume);
    this.#pinger.reset();
    this.#ping(); // which also shows the gateway that its new token is here
    for (const data of unsent) this.#write(data);
    this.owner.ready(event, { again, resumed, lost });
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #onClose(code, reason) {
    const [fatal, bye] = [this.#fatal, this.#bye];
    this.live = false;
    this.#socket = null;
    this.#timer('ready', null, 0);
    this.#timer('ping', null, 0);
    if (bye !== null) this.#queue.offer(); // after a bye there is nothing to come back to
    if (fatal) this.#fail(fatal.code, fatal.message);
    else if (this.#wasReady && (bye === null || RETRY_CODES.has(code))) this.#retry();
    else if (bye !== null) this.#finish(null);
    else if (!this.#opened) this.#explainRefusal();
    else this.#fail('closed_early', reason || `close code ${code}`);
  }

  // ----------------------------------------------------------------------------- trying again

  #retry() {
    const now = this.means.now();
    this.#queue.lost(now);
    const resumable = this.#queue.token(now) !== '';
    if (!resumable) this.#queue.begin();
    const delay = this.#backoff.next(now, resumable);
    const { attempt } = this.#backoff;
    if (delay === null) {
      this.#fail('connection_lost', `${attempt} tries failed`);
      return;
    }
    this.#waiting = true;
    this.#timer('retry', () => this.tryNow(), delay);
    this.owner.away(attempt, delay, resumable);
  }

  /** The next try is due in a while: it begins now. */
  tryNow() {
    if (!this.#waiting) return;
    this.#timer('retry', null, 0);
    this.#waiting = false;
    this.open();
  }

  #giveUpWaiting() {
    const opened = this.#opened;
    this.#tries++;
    this.#drop();
    if (this.#wasReady) this.#retry();
    else
      this.#fail(
        opened ? 'no_answer' : 'unreachable',
        `nothing for ${READY_TIME_MAX_MS / 1000} s`,
      );
  }

  /** The browser says nothing about a failed handshake; a plain request tells. */
  async #explainRefusal() {
    const answers = await this.means.probe().catch(() => false);
    if (!this.#ended)
      this.#fail(answers ? 'upgrade_refused' : 'unreachable', 'the WebSocket handshake failed');
  }

  // ------------------------------------------------------------------------------------ pings

  #ping() {
    const due = this.#pinger.due(this.means.now());
    if (due === 'dead') {
      this.#drop();
      this.#onClose(1006, 'no pong');
      return;
    }
    if (due !== 'wait') this.#write(say.ping(due.ping, this.received));
    this.#timer('ping', () => this.#ping(), this.#pinger.pauseMs);
  }

  /** @param {ServerEvent} event */
  #onPong({ id, at_ms: atMs }) {
    const receivedMs = this.means.now();
    const ms = this.#pinger.pong(id, receivedMs);
    if (ms !== null) this.owner.pong({ sentMs: receivedMs - ms, receivedMs, atMs });
  }

  // ---------------------------------------------------------------------------------- the end

  /**
   * @param {string} code
   * @param {string} message
   */
  #fail(code, message) {
    this.#drop();
    this.#finish({ code, message, fatal: true });
  }

  /** @param {Problem | null} failure */
  #finish(failure) {
    this.#end();
    this.owner.over(failure);
  }

  #end() {
    this.#ended = true;
    this.live = false;
    for (const name of /** @type {const} */ (['ready', 'retry', 'ping']))
      this.#timer(name, null, 0);
  }

  /** Closes the socket, whose late close is then nobody's to hear. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.live = false;
    socket?.close();
  }

  get #unsentBytes() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** @param {string | ArrayBuffer} data */
  #write(data) {
    if (this.#socket?.readyState === OPEN) this.#socket.send(data);
  }

  /**
   * @param {"ready" | "retry" | "ping"} name
   * @param {(() => void) | null} action null: none
   * @param {number} ms
   */
  #timer(name, action, ms) {
    this.means.cancel(this.#timers[name]);
    if (action) this.#timers[name] = this.means.later(action, ms);
  }
}
