// @ts-check
// What the gateway's events and audio lead to: to which turn samples belong, what the loudspeaker
// is told, which tool runs, what is remembered of a turn. Decides nothing about the connection and
// nothing about when a sample sounds.

/** @typedef {import("./protocol.js").ServerEvent} ServerEvent */
/**
 * @typedef {object} Parts
 * @property {import("./client_options.js").Speaker | null} speaker
 * @property {import("./tool_runner.js").ToolRunner} tools
 * @property {import("./turn_timeline.js").TurnTimeline} timeline
 * @property {import("./clock_sync.js").ClockSync} clock
 * @property {() => number} now ms
 * @property {(type: string, detail: object) => void} tell
 * @property {(id: string, outcome: import("./tool_runner.js").Outcome) => void} answer a tool call
 */

export class Downlink {
  /** The reply that binary frames belong to, and how many samples of it have arrived. */
  turn = 0;
  samples = 0;
  session = 0;
  #ended = 0; // the last turn of which everything has arrived
  #silenced = 0; // the last turn that the person stopped by hand

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** Turns count from 1 again. */
  newSession() {
    this.turn = this.samples = this.#ended = this.#silenced = 0;
    this.session++;
    this.parts.clock.reset();
    this.parts.speaker?.reset(this.session);
  }

  /** @param {ArrayBuffer} bytes s16 at 24 kHz of the turn that was started last */
  audio(bytes) {
    if (this.turn === 0) return;
    const { speaker, tell, timeline, now } = this.parts;
    if (this.samples === 0) {
      tell('first_audio', { turn: this.turn });
      timeline.arrived(this.session, this.turn, now());
    }
    this.samples += bytes.byteLength >> 1;
    speaker?.push(this.turn, bytes);
  }

  /**
   * Silences the reply here, before the gateway knows.
   * @returns {number} the turn; 0 for none
   */
  silence() {
    if (this.turn > 0) this.parts.speaker?.flush(this.turn);
    this.#silenced = this.turn;
    return this.turn;
  }

  /**
   * @param {number} turn
   * @returns {boolean} whether the person stopped it by hand
   */
  silenced(turn) {
    return turn > 0 && turn === this.#silenced;
  }

  /**
   * Carries an event out.
   * @param {ServerEvent} event
   * @returns {object} the event as it is to be told
   */
  event(event) {
    const { speaker, tools } = this.parts;
    switch (event.type) {
      case 'turn_started':
        this.turn = event.turn;
        this.samples = 0;
        return event;
      case 'transcript':
        return { ...event, at: this.#samplesOf(event.turn) };
      case 'interrupted':
        speaker?.flush(event.turn);
        return { ...event, samples: this.#samplesOf(event.turn) };
      case 'generation_complete':
        this.#end(event.turn);
        return { ...event, samples: this.#samplesOf(event.turn) };
      case 'turn_complete':
        this.#end(event.turn);
        this.#account(event);
        return { ...event, samples: this.#samplesOf(event.turn) };
      case 'tool_call':
        this.#runTool(event);
        return event;
      case 'tool_cancelled':
        tools.cancel(event.id);
        return event;
      default:
        return event;
    }
  }

  /** @param {number} turn */
  #samplesOf(turn) {
    return turn === this.turn ? this.samples : 0;
  }

  /** @param {number} turn */
  #end(turn) {
    if (turn > this.#ended) this.parts.speaker?.end(turn);
    this.#ended = Math.max(this.#ended, turn);
  }

  /** @param {ServerEvent} event `turn_complete` */
  #account(event) {
    const { timeline, clock, now, tell } = this.parts;
    const { turn, cut_off, latency, timeline: times } = event;
    const account = { turn, cut_off, latency, timeline: times };
    const entry = timeline.completed(this.session, account, clock.estimate(now()));
    tell('timeline', { entry });
  }

  /** @param {ServerEvent} event `tool_call` */
  async #runTool({ turn, id, name, args = {} }) {
    const { tools, tell, answer, timeline, now } = this.parts;
    const { session } = this;
    const began = now();
    const done = await tools.take(id, name, args);
    if (!done) return;
    timeline.toolRan(session, turn, name, began, now());
    tell('tool_done', { turn, name, args, outcome: done.outcome });
    if (done.wanted) answer(id, done.outcome);
  }
}
