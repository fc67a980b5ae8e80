// @ts-check
// What was said, entry by entry, as the page shows it. Decides where a fragment belongs; drawing
// is the page's.

const ENTRIES_MAX = 200;

/**
 * A fragment, and how many samples of its turn had arrived when it did: the stream is ordered, so
 * that is where in the sound it belongs.
 * @typedef {{text: string, at: number}} Part
 */
/**
 * @typedef {object} Entry
 * @property {number} id
 * @property {number} session
 * @property {number} turn 0 for a note or a typed line
 * @property {"user" | "model" | "note"} role
 * @property {string} text
 * @property {Part[]} parts the fragments that make up the text
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
   * @param {number} [at] samples of the turn that had arrived before it
   * @returns {Entry | null} the entry it went to; null where that reply was cut off before
   */
  add(role, turn, text, at = 0) {
    const found = this.#find(role, turn);
    if (found?.cutOff) return null;
    if (found) {
      found.text += text;
      found.parts.push({ text, at });
      return found;
    }
    // The person's words may be written down after the reply has begun, and still come before it.
    const reply = role === 'user' ? this.#find('model', turn) : undefined;
    return this.#insert(
      role,
      turn,
      { text, at },
      reply ? this.entries.indexOf(reply) : this.entries.length,
    );
  }

  /**
   * A typed line, which the gateway does not repeat: an entry of its own.
   * @param {string} text
   * @returns {Entry}
   */
  typed(text) {
    return this.#insert('user', 0, { text, at: 0 }, this.entries.length);
  }

  /**
   * A line of the page's own, such as a tool call.
   * @param {string} text
   * @returns {Entry}
   */
  note(text) {
    return this.#insert('note', 0, { text, at: 0 }, this.entries.length);
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
   * @param {Part} part
   * @param {number} index
   * @returns {Entry}
   */
  #insert(role, turn, part, index) {
    const { session } = this;
    const { text } = part;
    const parts = [part];
    const entry = { id: this.nextId++, session, turn, role, text, parts, cutOff: false };
    this.entries.splice(index, 0, entry);
    if (this.entries.length > ENTRIES_MAX) this.entries.shift();
    return entry;
  }
}

/**
 * What of the worklet's report tells how far a reply has been heard.
 * @typedef {{playing: boolean, playingTurn: number, playedOf: [number, number][]}} Heard
 */

/** Before a session's first report. */
export const NOTHING_HEARD = Object.freeze({ playing: false, playingTurn: 0, playedOf: [] });

/**
 * How many parts of an entry have been heard, going by what the loudspeaker rendered. A reply that
 * has sounded to its end counts as heard whole; one that was cut off stays where it was.
 * @param {Entry} entry
 * @param {Heard} heard
 * @returns {number}
 */
export function heardParts({ role, turn, parts, cutOff }, { playing, playingTurn, playedOf }) {
  const over = turn < playingTurn || (turn === playingTurn && !playing);
  if (role !== 'model' || (over && !cutOff)) return parts.length;
  const played = new Map(playedOf).get(turn) ?? 0;
  const ahead = parts.findIndex(({ at }) => at > played);
  return ahead < 0 ? parts.length : ahead;
}
