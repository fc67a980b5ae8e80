// @ts-check
// What a session needs to be taken up again over another connection: the token, how many of its
// messages have arrived, and those of ours that may not have. Decides what is kept and what is
// sent again; the rules are those of docs/wire-browser.md, "Coming back". Knows no socket.

/** 5 s of speech at 16 kHz, as much as the gateway itself holds for the model. */
const AUDIO_BYTES_MAX = 160_000;
const OTHERS_MAX = 32;
/** Of both, with the marks of what did not fit: 82 s of packets of 20 ms. */
const MESSAGES_MAX = 4096;

/**
 * @typedef {object} Kept
 * @property {number} number in the session, from 1
 * @property {string | ArrayBuffer | null} data null: it did not fit
 */

export class RetransmitQueue {
  /** Session messages that have arrived. */
  received = 0;
  /** Session messages that have been sent, as the gateway counts them. */
  sent = 0;
  #token = '';
  #graceMs = 0;
  #lostAt = -Infinity;
  /** @type {Kept[]} oldest first */
  #kept = [];
  #audioBytes = 0;
  #others = 0;

  /** A new session, which has nothing to go back to until it offers a token. */
  begin() {
    this.received = this.sent = 0;
    this.#token = '';
    this.#lostAt = -Infinity;
    this.#kept = [];
    this.#audioBytes = this.#others = 0;
  }

  /** @returns {boolean} whether the session can be taken up again */
  get offered() {
    return this.#token !== '';
  }

  /**
   * @param {Record<string, any>} [offer] the `resume` of a `ready`; none: there is no way back
   */
  offer({ token = '', grace_ms: graceMs = 0 } = {}) {
    const valid = typeof token === 'string' && Number.isFinite(graceMs) && graceMs > 0;
    this.#token = valid ? token : '';
    this.#graceMs = graceMs;
    this.#lostAt = -Infinity;
    if (!this.offered) this.#kept = [];
  }

  /**
   * The connection is gone; from now on nothing is forgotten without a mark.
   * @param {number} now ms
   */
  lost(now) {
    if (this.#lostAt === -Infinity) this.#lostAt = now;
  }

  /** @returns {boolean} whether we wait to take the session up again */
  get waiting() {
    return this.offered && this.#lostAt !== -Infinity;
  }

  /**
   * The token to come back with, or '' where there is none or the time is over.
   * @param {number} now ms
   */
  token(now) {
    return this.#lostAt !== -Infinity && now - this.#lostAt <= this.#graceMs ? this.#token : '';
  }

  /** A session message has arrived. */
  arrived() {
    this.received++;
  }

  /**
   * A session message is being sent, or would be if there were a connection.
   * @param {string | ArrayBuffer | null} data null: counts, and is not worth sending again
   */
  keep(data) {
    this.sent++;
    if (!this.offered || data === null) return;
    this.#kept.push({ number: this.sent, data });
    if (typeof data === 'string') this.#others++;
    else this.#audioBytes += data.byteLength;
    while (this.#audioBytes > AUDIO_BYTES_MAX) this.#drop(({ data: each }) => isAudio(each));
    while (this.#others > OTHERS_MAX) this.#drop(({ data: each }) => typeof each === 'string');
    while (this.#kept.length > MESSAGES_MAX) this.#drop(() => true, true);
  }

  /**
   * The session goes on. What the gateway has is forgotten, the rest is numbered anew. (A session
   * that has just begun has kept nothing.)
   * @param {number} received by the gateway
   * @returns {{again: (string | ArrayBuffer)[], lost: number}} what is to be sent now, in order,
   *   and how many messages did not fit the memory
   */
  resumed(received) {
    const open = this.#kept.filter(({ number }) => number > received);
    const again = open.map(({ data }) => data).filter((data) => data !== null);
    this.#kept = [];
    this.#audioBytes = this.#others = 0;
    this.sent = received;
    for (const data of again) this.keep(data);
    return { again, lost: open.length - again.length };
  }

  /**
   * Forgets the oldest that fits: without a trace while connected, for by then it has arrived.
   * @param {(kept: Kept) => boolean} fits
   * @param {boolean} [wholly]
   */
  #drop(fits, wholly = false) {
    const index = this.#kept.findIndex((kept) => kept.data !== null && fits(kept));
    const found = this.#kept[wholly ? 0 : index];
    if (typeof found.data === 'string') this.#others--;
    else this.#audioBytes -= found.data?.byteLength ?? 0;
    if (wholly) this.#kept.shift();
    else if (this.waiting) found.data = null;
    else this.#kept.splice(index, 1);
  }
}

/** @param {Kept["data"]} data */
function isAudio(data) {
  return data !== null && typeof data !== 'string';
}
