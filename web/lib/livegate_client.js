// @ts-check
// One conversation with the gateway, from start() to stop(), over as many connections as it
// takes. Decides which state it is in, what is sent when, to which turn audio belongs, and when
// to try again; leaves drawing to the page, samples to the worklets and the meaning of a tool
// call to `onToolCall`. Needs no DOM.
//
// States: idle -> connecting -> ready <-> reconnecting -> closed (asked for, or the gateway said
// bye) or failed. Events, all CustomEvents whose `detail` is a plain object:
//   state {state, previous}          microphone {state}: off, asking, on, muted
//   level {rms} of each packet       playback {...report} of the worklet, see playback_pipe.js
//   first_audio {turn}, the first packet of a reply
//   round_trip {ms}                  problem {code, message, fatal}, see page/explain.js
//   tool_done {turn, name, args, outcome}
//   and every event of the gateway under its own name (protocol.js, EVENT_TYPES) but `error`,
//   which is a problem.
//   Where the page itself reconnects, `reconnecting` and `reconnected` carry `by: "page"`.

import { parseEvent, say, subprotocols } from './protocol.js';
import { UPLINK_RATE_HZ } from './capture_pipe.js';
import { Backoff, PING_EVERY_MS, Pinger } from './patience.js';
import { MicrophoneSwitch, codeOf } from './microphone_switch.js';
import { ToolDesk } from './tool_desk.js';

/** @typedef {"idle" | "connecting" | "ready" | "reconnecting" | "closed" | "failed"} State */
/** @typedef {{code: string, message: string, fatal: boolean}} Problem */
/** @typedef {import("./protocol.js").ServerEvent} ServerEvent */

/** @typedef {import("./microphone_switch.js").Microphone} Microphone */

/**
 * @typedef {object} Speaker
 * @property {() => Promise<unknown>} open
 * @property {(session: number) => void} reset
 * @property {(turn: number, bytes: ArrayBuffer) => void} push
 * @property {(turn: number) => void} end
 * @property {(turn: number) => void} flush
 * @property {() => void} rest
 * @property {(report: any) => void} onReport
 */
/**
 * One start(): void as soon as another one, or stop(), takes its place.
 * @typedef {object} Run
 * @property {WebSocket | null} socket
 * @property {boolean} opened the handshake of this socket succeeded
 * @property {boolean} live between `ready` and the socket's end
 * @property {boolean} wasReady at any time, over any socket
 * @property {Backoff} backoff
 * @property {number} turn the reply that binary frames belong to
 * @property {number} samples of that reply that have arrived
 * @property {Problem | null} fatal
 * @property {string | null} bye
 * @property {(state: State) => void} settle
 * @property {Promise<State>} settled
 */

/** The gateway itself gives its upstream 10 s to connect and 15 s to set up. */
const READY_TIME_MAX_MS = 30_000;
const STOP_TIME_MAX_MS = 2_000;
const PLAYBACK_EVERY_MS = 200;
/**
 * Speech that waits in the socket: 5 s at 32 kB a second; newer packets are dropped and counted.
 */
const UNSENT_BYTES_MAX = 160_000;
/** Close codes with which a gateway says "not here, but try again". */
const RETRY_CODES = new Set([1001, 1012, 1013]);

export class LivegateClient extends EventTarget {
  /** @type {Run | null} */
  #run = null;
  #session = 0;
  #pinger = new Pinger();
  /** @type {ToolDesk} */
  #tools;
  /** @type {MicrophoneSwitch} */
  #microphone;
  #timers = { ready: 0, retry: 0, ping: 0 };
  #playbackSentAt = 0;
  #playbackSent = 0;

  /**
   * @param {object} options
   * @param {string} options.url of /v1/live
   * @param {() => string} [options.token] asked at each connection
   * @param {readonly object[]} [options.tools] function declarations
   * @param {(name: string, args: object) => any} [options.onToolCall] returns {result} or
   *   {error}, or a promise of it
   * @param {object} [options.settings] further fields of `start`: model, voice, language,
   *   system_instruction
   * @param {Microphone | null} [options.microphone]
   * @param {Speaker | null} [options.speaker]
   * @param {typeof WebSocket} [options.WebSocket]
   * @param {() => Promise<boolean>} [options.probe] does the gateway answer plain requests?
   * @param {() => number} [options.now] ms
   * @param {() => number} [options.random] 0..1
   * @param {(action: () => void, ms: number) => number} [options.later]
   * @param {(timer: number) => void} [options.cancel]
   */
  constructor(options) {
    super();
    this.options = {
      token: () => '',
      tools: [],
      onToolCall: () => ({ error: 'this client runs no tools' }),
      settings: {},
      microphone: null,
      speaker: null,
      WebSocket: globalThis.WebSocket,
      probe: async () => false,
      now: () => performance.now(),
      random: Math.random,
      later: (/** @type {() => void} */ action, /** @type {number} */ ms) =>
        Number(setTimeout(action, ms)),
      cancel: (/** @type {number} */ timer) => clearTimeout(timer),
      ...options,
    };
    this.#tools = new ToolDesk(this.options.onToolCall);
    /** @type {State} */
    this.state = 'idle';
    /** @type {Problem | null} what ended the last conversation, if anything did */
    this.failure = null;
    this.packetsDropped = 0;
    const { microphone, speaker } = this.options;
    this.#microphone = new MicrophoneSwitch(microphone, {
      packet: (bytes, rms) => this.#onPacket(bytes, rms),
      changed: (state) => this.#tell('microphone', { state }),
      failed: (code, message) => this.#problem(code, message, false),
    });
    if (speaker) speaker.onReport = (report) => this.#onPlayback(report);
  }

  /**
   * Begins a conversation, or joins the one that is going on. Call it from a click.
   * @param {{microphone?: boolean}} [options]
   * @returns {Promise<State>} the state it came to: ready, or failed, or closed by a stop() in
   *   between
   */
  start({ microphone = true } = {}) {
    if (!this.#run) this.#begin(newRun(this.options.random));
    const { settled } = this.#run ?? { settled: Promise.resolve(this.state) };
    if (microphone && this.#run) this.openMicrophone();
    return settled;
  }

  /**
   * Ends the conversation. The state is closed at once; the promise resolves when the
   *   connection is gone too.
   * @returns {Promise<void>}
   */
  async stop() {
    const run = this.#run;
    if (!run) return;
    this.#end('closed');
    await this.#closePolitely(run);
  }

  /** How much of the reply that is arriving has arrived, at 24 kHz. */
  get received() {
    return { turn: this.#run?.turn ?? 0, samples: this.#run?.samples ?? 0 };
  }

  get microphoneState() {
    return this.#microphone.state;
  }

  /** Asks for the microphone; without it the conversation goes on in text. */
  async openMicrophone() {
    if (this.#run) await this.#microphone.open();
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    if (this.#microphone.setMuted(muted) && this.#run?.live) {
      this.#send(muted ? say.mute() : say.unmute());
    }
  }

  /**
   * @param {string} text
   * @returns {boolean} whether there was a conversation to say it in
   */
  sendText(text) {
    if (!this.#run?.live) return false;
    this.#send(say.text(text));
    return true;
  }

  /** Stops the reply now, here and at the gateway. */
  interrupt() {
    if (!this.#run?.live) return;
    if (this.#run.turn > 0) this.options.speaker?.flush(this.#run.turn);
    this.#send(say.interrupt());
  }

  // ---------------------------------------------------------------------------- the connection

  /** @param {Run} run */
  #begin(run) {
    this.failure = null;
    this.#run = run;
    this.#setState('connecting');
    this.options.speaker?.open().catch((error) => {
      if (this.#run === run) this.#problem(codeOf(error, 'speaker_failed'), error.message, false);
    });
    this.#connect(run);
  }

  /** @param {Run} run */
  #connect(run) {
    const { WebSocket, url, token } = this.options;
    let socket;
    try {
      socket = new WebSocket(url, subprotocols(token()));
    } catch (error) {
      this.#fail('bad_token', String(/** @type {Error} */ (error).message));
      return;
    }
    socket.binaryType = 'arraybuffer';
    Object.assign(run, {
      socket,
      opened: false,
      live: false,
      turn: 0,
      samples: 0,
      fatal: null,
      bye: null,
    });
    const current = () => this.#run === run && run.socket === socket;
    socket.onopen = () => {
      if (!current()) return;
      run.opened = true;
      const { tools, settings } = this.options;
      this.#send(say.start({ rate: UPLINK_RATE_HZ, tools, client: 'livegate-web', ...settings }));
    };
    socket.onmessage = ({ data }) => {
      if (!current()) return;
      if (typeof data === 'string') this.#onText(run, data);
      else if (run.turn > 0) this.#onAudio(run, data);
    };
    socket.onclose = ({ code, reason }) => {
      if (current()) this.#onClose(run, code, reason);
    };
    this.#timer('ready', () => this.#giveUpWaiting(run), READY_TIME_MAX_MS);
  }

  /**
   * @param {Run} run
   * @param {number} code
   * @param {string} reason
   */
  #onClose(run, code, reason) {
    const { opened, fatal, bye, wasReady } = run;
    run.live = false;
    this.#timer('ready', null, 0);
    this.#timer('ping', null, 0);
    this.#tools.closeAll();
    if (fatal) this.#fail(fatal.code, fatal.message);
    else if (wasReady && (bye === null || RETRY_CODES.has(code))) this.#retry(run);
    else if (bye !== null) this.#end('closed');
    else if (!opened) this.#explainRefusal(run);
    else this.#fail('closed_early', reason || `close code ${code}`);
  }

  /** @param {Run} run */
  async #explainRefusal(run) {
    // The browser says nothing about a failed handshake; a plain request tells "away" from
    // "refused".
    const answers = await this.options.probe().catch(() => false);
    if (this.#run === run)
      this.#fail(answers ? 'upgrade_refused' : 'unreachable', 'the WebSocket handshake failed');
  }

  /** @param {Run} run */
  #retry(run) {
    this.options.speaker?.flush(Number.MAX_SAFE_INTEGER); // the rest of that reply will never come
    const delay = run.backoff.next(this.options.now());
    const { attempt } = run.backoff;
    if (delay === null) {
      this.#fail('connection_lost', `${attempt} tries failed`);
      return;
    }
    this.#setState('reconnecting');
    const reason = 'connection_lost';
    this.#tell('reconnecting', { by: 'page', reason, attempt, retry_in_ms: delay });
    this.#timer('retry', () => this.#connect(run), delay);
  }

  /** @param {Run} run */
  #giveUpWaiting(run) {
    if (run.wasReady) {
      abandon(run);
      this.#retry(run);
    } else {
      this.#fail(
        run.opened ? 'no_answer' : 'unreachable',
        `nothing for ${READY_TIME_MAX_MS / 1000} s`,
      );
    }
  }

  /**
   * @param {Run} run
   * @returns {Promise<void>}
   */
  #closePolitely(run) {
    const { socket } = run;
    if (!socket || socket.readyState === 3) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.options.later(() => {
        socket.close(1000);
        resolve();
      }, STOP_TIME_MAX_MS);
      socket.onclose = () => {
        this.options.cancel(timer);
        resolve();
      };
      if (socket.readyState === 1) socket.send(say.stop());
      else socket.close();
    });
  }

  // ------------------------------------------------------------------------------ what arrives

  /**
   * @param {Run} run
   * @param {string} data
   */
  #onText(run, data) {
    const parsed = parseEvent(data);
    if ('problem' in parsed) {
      this.#problem('bad_event', parsed.problem, false);
      return;
    }
    const { event } = parsed;
    this.#act(run, event);
    if (event.type !== 'error') this.#tell(event.type, event);
  }

  /**
   * @param {Run} run
   * @param {ServerEvent} event
   */
  #act(run, event) {
    const { speaker } = this.options;
    switch (event.type) {
      case 'ready':
        return this.#onReady(run);
      case 'turn_started':
        Object.assign(run, { turn: event.turn, samples: 0 });
        return;
      case 'interrupted':
        speaker?.flush(event.turn);
        return;
      case 'generation_complete':
      case 'turn_complete':
        speaker?.end(event.turn);
        return;
      case 'tool_call':
        this.#onToolCall(event);
        return;
      case 'tool_cancelled':
        this.#tools.cancel(event.id);
        return;
      case 'reconnecting':
        this.#setState('reconnecting');
        return;
      case 'reconnected':
        this.#setState('ready');
        return;
      case 'pong':
        this.#onPong(event.id);
        return;
      case 'bye':
        run.bye = event.reason ?? '';
        return;
      case 'error':
        if (event.fatal) run.fatal = { code: event.code, message: event.message, fatal: true };
        else this.#problem(event.code, event.message, false);
        return;
      default:
    }
  }

  /** @param {Run} run */
  #onReady(run) {
    const again = run.wasReady;
    Object.assign(run, { live: true, wasReady: true });
    run.backoff.succeeded(this.options.now());
    this.#timer('ready', null, 0);
    this.#playbackSent = 0;
    this.options.speaker?.reset(++this.#session);
    if (this.microphoneState === 'muted') this.#send(say.mute());
    this.#pinger.reset();
    this.#ping(run);
    this.#setState('ready');
    if (again) this.#tell('reconnected', { by: 'page', resumed: false });
    run.settle('ready');
  }

  /** @param {ServerEvent} event */
  async #onToolCall({ turn, id, name, args = {} }) {
    const done = await this.#tools.take(id, name, args);
    if (!done) return;
    this.#tell('tool_done', { turn, name, args, outcome: done.outcome });
    if (done.wanted) this.#send(say.toolResult(id, done.outcome));
  }

  /** @param {Run} run */
  #ping(run) {
    const due = this.#pinger.due(this.options.now());
    if (due === 'dead') {
      abandon(run);
      this.#onClose(run, 1006, 'no pong');
      return;
    }
    if (due !== 'wait') this.#send(say.ping(due.ping));
    this.#timer('ping', () => this.#ping(run), PING_EVERY_MS);
  }

  /** @param {number} id */
  #onPong(id) {
    const ms = this.#pinger.pong(id, this.options.now());
    if (ms !== null) this.#tell('round_trip', { ms });
  }

  // ------------------------------------------------------------------------------------- audio

  /**
   * @param {ArrayBuffer} bytes
   * @param {number} rms
   */
  #onPacket(bytes, rms) {
    this.#tell('level', { rms });
    const run = this.#run;
    if (!run?.live || !run.socket || this.microphoneState !== 'on') return;
    if (run.socket.bufferedAmount > UNSENT_BYTES_MAX) this.packetsDropped++;
    else run.socket.send(bytes);
  }

  /**
   * @param {Run} run
   * @param {ArrayBuffer} bytes
   */
  #onAudio(run, bytes) {
    if (run.samples === 0) this.#tell('first_audio', { turn: run.turn });
    run.samples += bytes.byteLength >> 1;
    this.options.speaker?.push(run.turn, bytes);
  }

  /** @param {any} report */
  #onPlayback(report) {
    this.#tell('playback', report);
    if (!this.#run?.live || report.session !== this.#session) return;
    if (report.played === this.#playbackSent) return;
    const now = this.options.now();
    if (report.cause === 'tick' && now - this.#playbackSentAt < PLAYBACK_EVERY_MS) return;
    this.#playbackSentAt = now;
    this.#playbackSent = report.played;
    this.#send(say.playback(report.played));
  }

  // ------------------------------------------------------------------------------------- state

  /**
   * @param {string} code
   * @param {string} message
   */
  #fail(code, message) {
    this.failure = { code, message, fatal: true };
    if (this.#run) abandon(this.#run);
    this.#end('failed');
    this.#problem(code, message, true);
  }

  /** @param {"closed" | "failed"} state */
  #end(state) {
    const run = this.#run;
    this.#run = null;
    for (const name of /** @type {const} */ (['ready', 'retry', 'ping']))
      this.#timer(name, null, 0);
    this.#tools.closeAll();
    if (run) run.live = false;
    this.#microphone.close();
    this.options.speaker?.rest();
    this.#setState(state);
    run?.settle(state);
  }

  /** @param {State} state */
  #setState(state) {
    if (state === this.state) return;
    const previous = this.state;
    this.state = state;
    this.#tell('state', { state, previous });
  }

  /**
   * @param {string} code
   * @param {string} message
   * @param {boolean} fatal
   */
  #problem(code, message, fatal) {
    this.#tell('problem', { code, message, fatal });
  }

  /** @param {string} text */
  #send(text) {
    const socket = this.#run?.socket;
    if (socket?.readyState === 1) socket.send(text);
  }

  /**
   * @param {string} type
   * @param {object} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /**
   * @param {"ready" | "retry" | "ping"} name
   * @param {(() => void) | null} action null: none
   * @param {number} ms
   */
  #timer(name, action, ms) {
    this.options.cancel(this.#timers[name]);
    if (action) this.#timers[name] = this.options.later(action, ms);
  }
}

/**
 * Closes the run's socket, whose late close is then nobody's to hear.
 * @param {Run} run
 */
function abandon(run) {
  const { socket } = run;
  run.socket = null;
  socket?.close();
}

/**
 * @param {() => number} random
 * @returns {Run}
 */
function newRun(random) {
  let settle = (/** @type {State} */ _state) => {};
  /** @type {Promise<State>} */
  const settled = new Promise((resolve) => {
    settle = resolve;
  });
  return {
    socket: null,
    opened: false,
    live: false,
    wasReady: false,
    backoff: new Backoff(random),
    turn: 0,
    samples: 0,
    fatal: null,
    bye: null,
    settle,
    settled,
  };
}
