// @ts-check
// When to try again, and when to stop waiting: the pauses between attempts and the pings that tell
// a dead connection from a quiet one. Pure: `now` is passed in, nothing here sets a timer.

const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 30_000;
/** A session that can be taken up again has words in its queue: the first try comes at once. */
const RESUME_BASE_MS = 100;
const RETRIES_MAX = 8;
/** A session that lived this long makes the next loss a first one again. */
const STEADY_MS = 10_000;

const PING_EVERY_MS = 5_000;
/** The first few follow each other closely: they put the gateway's clock beside the page's. */
const FIRST_PINGS = 4;
const FIRST_PING_EVERY_MS = 500;
const PONG_TIME_MAX_MS = 15_000;

/** Exponential backoff with full jitter: a crowd that lost a gateway does not return in step. */
export class Backoff {
  /** @param {() => number} random 0..1 */
  constructor(random) {
    this.random = random;
    this.attempt = 0;
    this.readyAt = -Infinity;
    this.steady = false;
  }

  /** @param {number} now a session came up */
  succeeded(now) {
    this.readyAt = now;
    this.steady = true;
  }

  /**
   * The connection is gone.
   * @param {number} now
   * @param {boolean} [resumable] the session waits for us
   * @returns {number | null} ms to wait before attempt number `this.attempt`; null: give up
   */
  next(now, resumable = false) {
    if (this.steady && now - this.readyAt >= STEADY_MS) this.attempt = 0;
    this.steady = false;
    if (this.attempt >= RETRIES_MAX) return null;
    const base = resumable && this.attempt === 0 ? RESUME_BASE_MS : RETRY_BASE_MS;
    const cap = Math.min(RETRY_CAP_MS, base * 2 ** this.attempt);
    this.attempt++;
    return Math.round(cap * this.random());
  }
}

/** One ping in the air at a time. */
export class Pinger {
  constructor() {
    this.id = 0;
    this.sentAt = 0;
    this.waiting = false;
    this.answered = 0;
  }

  /** A new connection owes nothing. */
  reset() {
    this.waiting = false;
    this.answered = 0;
  }

  /** @returns {number} ms until somebody should ask again */
  get pauseMs() {
    return this.answered < FIRST_PINGS ? FIRST_PING_EVERY_MS : PING_EVERY_MS;
  }

  /**
   * To be asked every `pauseMs`. Goes by the ping's own answer and not by when somebody last
   * asked: timers of a hidden page run once a minute.
   * @param {number} now
   * @returns {{ping: number} | "wait" | "dead"}
   */
  due(now) {
    if (this.waiting) return now - this.sentAt >= PONG_TIME_MAX_MS ? 'dead' : 'wait';
    this.waiting = true;
    this.sentAt = now;
    return { ping: ++this.id };
  }

  /**
   * @param {number} id
   * @param {number} now
   * @returns {number | null} the round trip in ms; null for an answer nobody waits for
   */
  pong(id, now) {
    if (!this.waiting || id !== this.id) return null;
    this.waiting = false;
    this.answered++;
    return now - this.sentAt;
  }
}
