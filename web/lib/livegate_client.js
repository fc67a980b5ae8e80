// @ts-check
// One conversation with the gateway, from start() to stop(), over as many connections as it
// takes. Decides which state it is in and who learns what; its parts decide the rest: connection.js
// when to try again, downlink.js what an event leads to, playback_reporter.js what was heard,
// pictures.js the camera, microphone_switch.js the microphone. Needs no DOM.
//
// States: idle -> connecting -> ready <-> reconnecting -> closed (asked for, or the gateway said
// bye) or failed. Events: client_events.js.

import { say } from './protocol.js';
import { withDefaults } from './client_options.js';
import { UPLINK_RATE_HZ } from './capture_pipe.js';
import { ClockSync } from './clock_sync.js';
import { Connection } from './connection.js';
import { Downlink } from './downlink.js';
import { PlaybackReporter } from './playback_reporter.js';
import { MicrophoneSwitch, codeOf } from './microphone_switch.js';
import { Pictures } from './pictures.js';
import { ToolRunner } from './tool_runner.js';
import { TurnTimeline } from './turn_timeline.js';
import { dbfs, isLoud } from './level.js';

/** @typedef {import("./client_events.js").State} State */
/** @typedef {import("./client_events.js").Problem} Problem */
/** @typedef {import("./client_events.js").ClientEvents} ClientEvents */
/** @typedef {import("./protocol.js").ServerEvent} ServerEvent */
/** @typedef {import("./client_options.js").MicrophoneSettings} MicrophoneSettings */
/**
 * One start(): void as soon as another one, or stop(), takes its place.
 * @typedef {object} Run
 * @property {Connection} connection
 * @property {(state: State) => void} settle
 * @property {Promise<State>} settled
 */

const PACKET_MS = 20;

export class LivegateClient extends EventTarget {
  /** @type {Run | null} */
  #run = null;
  /** @type {ToolRunner} */
  #tools;
  /** @type {MicrophoneSwitch} */
  #microphone;
  /** @type {Downlink} */
  #downlink;
  /** @type {PlaybackReporter} */
  #reporter;
  /** @type {Pictures} */
  #pictures;
  #clock = new ClockSync();
  #joined = false; // both worklets have an end of one channel
  /** @type {Promise<unknown>} */
  #speakerOpened = Promise.resolve();

  /** @param {import("./client_options.js").Options} options */
  constructor(options) {
    super();
    this.options = withDefaults(options);
    this.state = /** @type {State} */ ('idle');
    /** @type {Problem | null} what ended the last conversation, if anything did */
    this.failure = null;
    this.packetsDropped = 0;
    this.timeline = new TurnTimeline();
    const { microphone, speaker, camera, now } = this.options;
    const tell = this.#tell.bind(this);
    this.#tools = new ToolRunner(this.options.onToolCall);
    this.#downlink = new Downlink({
      ...{ speaker, tools: this.#tools, timeline: this.timeline, clock: this.#clock, now, tell },
      answer: (id, outcome) => this.#send(say.toolResult(id, outcome)),
    });
    this.#reporter = new PlaybackReporter({
      ...{ timeline: this.timeline, tell, now },
      send: (message) => this.#run?.connection.tellHeard(message) ?? false,
      outputDelayMs: () => 1000 * (speaker?.outputLatency || 0),
    });
    this.#pictures = new Pictures(camera, {
      tell,
      problem: (code, message) => this.#problem(code, message, false),
      send: (message) => this.#run?.connection.sendPicture(message) ?? false,
    });
    this.#microphone = new MicrophoneSwitch(microphone, {
      packet: this.#onPacket.bind(this),
      changed: (state) => this.#onMicrophone(state),
      failed: (code, message) => this.#problem(code, message, false),
    });
    if (speaker) speaker.onReport = (report) => this.#reporter.report(report);
  }

  /**
   * Like addEventListener, with the detail itself.
   * @template {keyof ClientEvents} Type
   * @param {Type} type
   * @param {(detail: ClientEvents[Type]) => void} action
   * @returns {() => void} ends it
   */
  on(type, action) {
    const listener = (/** @type {Event} */ event) =>
      action(/** @type {CustomEvent} */ (event).detail);
    this.addEventListener(type, listener);
    return () => this.removeEventListener(type, listener);
  }

  /**
   * Begins a conversation, or joins the one that is going on. Call it from a click.
   * @param {{microphone?: boolean}} [options]
   * @returns {Promise<State>} the state it came to: ready, or failed, or closed by a stop() in
   *   between
   */
  start({ microphone = true } = {}) {
    const run = this.#run ?? this.#begin();
    if (microphone) this.openMicrophone();
    return run.settled;
  }

  /**
   * Ends the conversation. The state is closed at once; the promise resolves when the
   *   connection is gone too.
   * @returns {Promise<void>}
   */
  async stop() {
    const run = this.#run;
    if (!run) return;
    const gone = run.connection.close();
    this.#end('closed');
    await gone;
  }

  /** How much of the reply that is arriving has arrived, at 24 kHz. */
  get received() {
    return { turn: this.#run ? this.#downlink.turn : 0, samples: this.#downlink.samples };
  }

  get microphoneState() {
    return this.#microphone.state;
  }

  get cameraState() {
    return this.#pictures.state;
  }

  /** As given; its `stream` is there for a preview. */
  get camera() {
    return this.options.camera;
  }

  /** Asks for the microphone; without it the conversation goes on in text. */
  async openMicrophone() {
    if (this.#run) await this.#microphone.open();
  }

  /**
   * Another device, or another treatment by the browser; the conversation goes on.
   * @param {MicrophoneSettings} settings
   */
  async configureMicrophone(settings) {
    try {
      await this.options.microphone?.configure?.(settings);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      this.#problem(codeOf(error, 'microphone_failed'), message, false);
    }
  }

  /** @returns {Promise<{deviceId: string, label: string}[]>} none where the browser hides them */
  async microphones() {
    return (await this.options.microphone?.devices?.()) ?? [];
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    if (this.#microphone.setMuted(muted)) this.#send(muted ? say.mute() : say.unmute());
  }

  /**
   * @param {string} text
   * @returns {boolean} whether there was a conversation to say it in
   */
  sendText(text) {
    return this.#run?.connection.live ? this.#send(say.text(text)) : false;
  }

  /** While the page reconnects: tries at once instead of waiting. */
  tryNow() {
    this.#run?.connection.tryNow();
  }

  /** Stops the reply now, here and at the gateway. */
  interrupt() {
    if (this.#send(say.interrupt())) this.#downlink.silence();
  }

  /**
   * The camera or the screen, as pictures. Call it from a click, in a conversation.
   * @param {"camera" | "screen"} source
   * @param {{fps?: number}} [options] at most 1
   * @returns {Promise<boolean>} whether it is on
   */
  async startPictures(source, options) {
    return this.#run ? this.#pictures.start(source, options) : false;
  }

  stopPictures() {
    this.#pictures.stop();
  }

  /**
   * One picture from elsewhere.
   * @param {{mime_type: string, bytes: ArrayBuffer | Uint8Array, width?: number,
   *   height?: number}} picture
   * @returns {boolean} whether it was sent
   */
  sendPicture(picture) {
    return this.#pictures.send(picture);
  }

  // ---------------------------------------------------------------------------- the connection

  /** @returns {Run} */
  #begin() {
    const run = this.#newRun();
    const current = () => this.#run === run;
    this.failure = null;
    this.#run = run;
    this.#setState('connecting');
    const { speaker } = this.options;
    this.#speakerOpened = speaker ? speaker.open() : Promise.resolve();
    this.#speakerOpened.catch((error) => {
      if (current()) this.#problem(codeOf(error, 'speaker_failed'), error.message, false);
    });
    if (current()) run.connection.open();
    return run;
  }

  /** @returns {Run} */
  #newRun() {
    let settle = (/** @type {State} */ _state) => {};
    /** @type {Promise<State>} */
    const settled = new Promise((resolve) => {
      settle = resolve;
    });
    const connection = new Connection(this.options, {
      greeting: () => {
        const { tools, settings, microphone } = this.options;
        const cancelled = microphone?.settings?.echoCancellation;
        const echo = typeof cancelled === 'boolean' ? { echo_cancellation: cancelled } : {};
        const common = { rate: UPLINK_RATE_HZ, tools, client: 'livegate-web', ...echo };
        return say.start({ ...common, ...settings });
      },
      ready: (event, how) => this.#onReady(event, how),
      message: (event) => this.#onEvent(event),
      audio: (bytes) => this.#downlink.audio(bytes),
      pong: (answer) => this.#onPong(answer),
      away: (attempt, delay, resumable) => this.#onAway(attempt, delay, resumable),
      problem: (code, message) => this.#problem(code, message, false),
      over: (failure) => this.#onOver(failure),
    });
    return { connection, settle, settled };
  }

  /**
   * @param {ServerEvent} event
   * @param {{again: boolean, resumed: boolean, lost: number}} how
   */
  #onReady(event, { again, resumed, lost }) {
    this.packetsDropped += lost;
    if (!resumed) {
      this.#tools.closeAll();
      this.#downlink.newSession();
      this.#reporter.newSession(this.#downlink.session);
      this.#pictures.newSession();
      if (this.microphoneState === 'muted') this.#send(say.mute());
    } else this.#reporter.resumed();
    this.#setState('ready');
    this.#run?.settle('ready');
    const dropped = lost > 0 ? { dropped_ms: lost * PACKET_MS } : {};
    if (again) this.#tell('reconnected', { by: 'page', resumed, ...dropped });
    const { resume: _token, ...told } = event; // the token is nobody's to see
    this.#tell('ready', told);
  }

  /** @param {ServerEvent} event */
  #onEvent(event) {
    if (event.type === 'reconnecting') this.#setState('reconnecting');
    if (event.type === 'reconnected') this.#setState('ready');
    const told = this.#downlink.event(event);
    if (event.type === 'interrupted')
      this.#reporter.interrupted(event.turn, this.#downlink.silenced(event.turn));
    this.#tell(event.type, told);
  }

  /** @param {{sentMs: number, receivedMs: number, atMs: number | undefined}} answer */
  #onPong({ sentMs, receivedMs, atMs }) {
    this.#tell('round_trip', { ms: receivedMs - sentMs });
    if (atMs === undefined || !this.#clock.add(sentMs, receivedMs, atMs)) return;
    const estimate = this.#clock.estimate(receivedMs);
    if (estimate) this.#tell('clock', estimate);
  }

  /**
   * @param {number} attempt
   * @param {number} delay ms
   * @param {boolean} resumable the same session may go on
   */
  #onAway(attempt, delay, resumable) {
    if (!resumable) {
      this.#tools.closeAll();
      this.options.speaker?.flush(Number.MAX_SAFE_INTEGER); // the rest will never come
    }
    this.#setState('reconnecting');
    const reason = 'connection_lost';
    this.#tell('reconnecting', { by: 'page', reason, attempt, retry_in_ms: delay, resumable });
  }

  /** @param {Problem | null} failure */
  #onOver(failure) {
    this.failure = failure;
    this.#end(failure ? 'failed' : 'closed');
    if (failure) this.#tell('problem', failure);
  }

  // ----------------------------------------------------------------------------------- devices

  /**
   * @param {ArrayBuffer} bytes
   * @param {number} rms
   * @param {object} [info] what the microphone's own detector says
   */
  #onPacket(bytes, rms, info = { speech: isLoud(rms), level_dbfs: dbfs(rms), echo: false }) {
    this.#tell('level', { rms, ...info });
    if (!this.#run || this.microphoneState !== 'on') return;
    if (!this.#run.connection.sendAudio(bytes)) this.packetsDropped++;
  }

  /** @param {import("./microphone_switch.js").MicrophoneState} state */
  #onMicrophone(state) {
    const open = state === 'on' || state === 'muted';
    if (open && !this.#joined) this.#joinDevices();
    this.#joined = open;
    this.#tell('microphone', { state });
  }

  /**
   * Gives both worklets an end of one channel, so that a reply is lowered without the page's
   * main thread having a say. A microphone that is reopened by itself keeps its end.
   */
  async #joinDevices() {
    const { microphone, speaker } = this.options;
    if (!microphone?.connectSpeaker || !speaker?.connectMicrophone) return;
    await this.#speakerOpened.catch(() => {}); // that it failed has been said
    if (this.microphoneState === 'off') return;
    const { port1, port2 } = new MessageChannel();
    speaker.connectMicrophone(port1);
    microphone.connectSpeaker(port2);
  }

  // ------------------------------------------------------------------------------------- state

  /** @param {"closed" | "failed"} state */
  #end(state) {
    const run = this.#run;
    this.#run = null;
    this.#tools.closeAll();
    this.#reporter.newSession(this.#downlink.session);
    this.#microphone.close();
    this.#pictures.stop();
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

  /**
   * @param {string} text
   * @returns {boolean}
   */
  #send(text) {
    return this.#run?.connection.send(text) ?? false;
  }

  /**
   * @param {string} type
   * @param {object} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
