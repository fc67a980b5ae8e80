// @ts-check
// What was said, entry by entry, as the page shows it. Decides where a fragment belongs; drawing
// is the page's.

const ENTRIES_MAX = 200;

/**
 * @typedef {object} Entry
 * @property {number} id
 * @property {number} session
 * @property {number} turn 0 for a note or a typed line
 * @property {"user" | "model" | "note"} role
 * @property {string} text
 * @property {boolean} cutOff
 */

export class TranscriptLog {
  constructor() {
    /** @type {Entry[]} oldest first */
    this.entries = [];
    this.session = 0;
    this.nextId = 1;
  }

  /** Turns count from 1 again. */
  newSession() {
    this.session++;
  }

  /**
   * Appends a fragment to the entry of its turn and side, or makes that entry.
   * @param {"user" | "model"} role
   * @param {number} turn
   * @param {string} text
   * @returns {Entry | null} the entry it went to; null where that reply was cut off before
   */
  add(role, turn, text) {
    const found = this.#find(role, turn);
    if (found?.cutOff) return null;
    if (found) {
      found.text += text;
      return found;
    }
    // The person's words may be written down after the reply has begun, and still come before it.
    const reply = role === 'user' ? this.#find('model', turn) : undefined;
    return this.#insert(
      role,
      turn,
      text,
      reply ? this.entries.indexOf(reply) : this.entries.length,
    );
  }

  /**
   * A typed line, which the gateway does not repeat: an entry of its own.
   * @param {string} text
   * @returns {Entry}
   */
  typed(text) {
    return this.#insert('user', 0, text, this.entries.length);
  }

  /**
   * A line of the page's own, such as a tool call.
   * @param {string} text
   * @returns {Entry}
   */
  note(text) {
    return this.#insert('note', 0, text, this.entries.length);
  }

  /**
   * @param {number} turn
   * @returns {Entry | null}
   */
  cutOff(turn) {
    const reply = this.#find('model', turn);
    if (!reply) return null;
    reply.cutOff = true;
    return reply;
  }

  /**
   * @param {"user" | "model"} role
   * @param {number} turn
   */
  #find(role, turn) {
    return this.entries.findLast(
      (entry) => entry.session === this.session && entry.role === role && entry.turn === turn,
    );
  }

  /**
   * @param {Entry["role"]} role
   * @param {number} turn
   * @param {string} text
   * @param {number} index
   * @returns {Entry}
   */
  #insert(role, turn, text, index) {
    const entry = { id: this.nextId++, session: this.session, turn, role, text, cutOff: false };
    this.entries.splice(index, 0, entry);
    if (this.entries.length > ENTRIES_MAX) this.entries.shift();
    return entry;
  }
}
