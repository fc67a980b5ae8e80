// @ts-check
// What was said, entry by entry, as the page shows it: both sides grow in place, and of a reply
// that was cut off the words that nobody heard are told from those that sounded. Decides where a
// fragment belongs and how far it has been heard; drawing is the page's.
//
// A fragment stands in the stream before its sound, so it covers the samples from where it arrived
// to where the next one did; inside it words are taken to be spoken at one pace. That is exact at
// the fragments' borders and an estimate between them.

const ENTRIES_MAX = 200;
/** Where a fragment "arrived" that was written instead of spoken: there is nothing to hear. */
export const WRITTEN = -1;
/** Where the sound of the last fragment is still to come: 15 characters a second at 24 kHz. */
const SAMPLES_PER_CHARACTER = 1600;

/**
 * A fragment, and how many samples of its turn had arrived when it did.
 * @typedef {{text: string, at: number}} Part
 */
/**
 * `partly`: the word in which the sound stopped.
 * @typedef {{text: string, heard: true | false | "partly"}} HeardPart
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
 * @property {number} samples of the turn that arrived in all; -1 while more may come
 * @property {number} heardSamples of the turn that were audible so far
 * @property {boolean} over its sound has ended
 * @property {number} time when its first words came, in ms since 1970
 */

export class TranscriptLog {
  /** @param {() => number} [now] the time of day, in ms since 1970 */
  constructor(now = Date.now) {
    this.now = now;
    /** @type {Entry[]} oldest first */
    this.entries = [];
    this.session = 0;
    this.nextId = 1;
  }

  /**
   * Empties the entry of a turn and side that says just this, for words that follow.
   * @param {"user" | "model"} role
   * @param {number} turn
   * @param {string} text
   */
  replace(role, turn, text) {
    const entry = this.#find(role, turn);
    if (entry?.text === text) Object.assign(entry, { text: '', parts: [] });
  }

  /** Forgets what was said. */
  clear() {
    this.entries.length = 0;
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
   * @param {number} [at] samples of the turn that had arrived before it, or WRITTEN
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
   * The reply was stopped; what comes late is refused.
   * @param {number} turn
   * @param {number} [samples] of it that had arrived
   * @returns {Entry | null}
   */
  cutOff(turn, samples = -1) {
    const reply = this.#find('model', turn);
    if (!reply) return null;
    reply.cutOff = true;
    if (reply.samples < 0) reply.samples = samples;
    return reply;
  }

  /**
   * All of a reply has arrived.
   * @param {number} turn
   * @param {number} samples of it
   * @returns {Entry | null}
   */
  soundEnds(turn, samples) {
    const reply = this.#find('model', turn);
    if (reply && reply.samples < 0) reply.samples = samples;
    return reply ?? null;
  }

  /**
   * Takes a playback report (speaker.js): how far each reply of this session has been heard.
   * @param {HeardReport} report
   * @returns {Entry[]} those of which more has been heard than before
   */
  hear(report) {
    const heardOf = new Map(report.heardOf ?? report.playedOf);
    const { playing, playingTurn } = report;
    return this.entries.filter((entry) => {
      const { turn, role, session } = entry;
      if (role !== 'model' || session !== this.session) return false;
      const samples = Math.max(entry.heardSamples, heardOf.get(turn) ?? 0);
      // Its sound has ended where the next one plays, or where nothing does though all is here.
      const over =
        entry.over ||
        turn < playingTurn ||
        (turn === playingTurn && !playing && entry.samples >= 0);
      const changed = samples !== entry.heardSamples || over !== entry.over;
      Object.assign(entry, { heardSamples: samples, over });
      return changed;
    });
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
    const sound = { samples: -1, heardSamples: 0, over: false };
    const time = this.now();
    const about = { id: this.nextId++, session, turn, role, time };
    const entry = { ...about, text, parts, cutOff: false, ...sound };
    this.entries.splice(index, 0, entry);
    if (this.entries.length > ENTRIES_MAX) this.entries.shift();
    return entry;
  }
}

/**
 * What of a playback report tells how far a reply has been heard. `heardOf` counts samples that
 * are audible, `playedOf` those that the player has rendered: a little more.
 * @typedef {object} HeardReport
 * @property {boolean} playing
 * @property {number} playingTurn
 * @property {[number, number][]} playedOf
 * @property {[number, number][]} [heardOf]
 */

/**
 * An entry's text in pieces, by whether they have been heard. What the person said, notes and
 * replies that sounded to their end are one piece that was heard.
 * @param {Entry} entry
 * @returns {HeardPart[]}
 */
export function heardText(entry) {
  const { role, text, cutOff, over, heardSamples } = entry;
  if (role !== 'model' || (over && !cutOff)) return [{ text, heard: true }];
  /** @type {HeardPart[]} */
  const pieces = [];
  /** @param {string} piece @param {HeardPart["heard"]} heard */
  const add = (piece, heard) => {
    const last = pieces.at(-1);
    if (piece === '') return;
    if (last?.heard === heard) last.text += piece;
    else pieces.push({ text: piece, heard });
  };
  for (const { text: part, from, to } of spans(entry)) {
    if (heardSamples >= to) add(part, true);
    else if (heardSamples <= from) add(part, false);
    else {
      const [before, word, after] = aroundWord(part, (heardSamples - from) / (to - from));
      add(before, true);
      add(word, 'partly');
      add(after, false);
    }
  }
  return pieces;
}

/**
 * Which samples of the turn each fragment covers. Fragments that arrived at one place share the
 * sound up to the next place by their lengths; the first covers the turn's beginning.
 * @param {Entry} entry
 * @returns {{text: string, from: number, to: number}[]}
 */
function spans({ parts, samples, cutOff }) {
  const found = [];
  for (let first = 0; first < parts.length;) {
    const { at } = parts[first];
    if (at < 0) {
      found.push({ text: parts[first++].text, from: at, to: at });
      continue;
    }
    let next = first;
    let length = 0;
    for (; next < parts.length && parts[next].at === at; next++) length += parts[next].text.length;
    const from = first === 0 ? 0 : at;
    const guess = at + length * SAMPLES_PER_CHARACTER;
    // A reply that was cut off had more to come, whose words are here and whose sound is not.
    const end = samples < 0 || cutOff ? Math.max(samples, guess) : Math.max(samples, at);
    const to = parts[next]?.at ?? end;
    let cursor = from;
    for (; first < next; first++) {
      const share = ((to - from) * parts[first].text.length) / Math.max(1, length);
      found.push({ text: parts[first].text, from: cursor, to: cursor + share });
      cursor += share;
    }
  }
  return found;
}

/**
 * A text around the word that stands at a fraction of it.
 * @param {string} text
 * @param {number} fraction 0..1
 * @returns {[before: string, word: string, after: string]}
 */
function aroundWord(text, fraction) {
  const position = Math.min(text.length - 1, Math.floor(text.length * fraction));
  const start = text.slice(0, position).search(/\S+$/);
  const from = /\s/.test(text[position]) || start < 0 ? position : start;
  const length = text.slice(from).search(/\S(?=\s|$)/);
  const to = length < 0 ? text.length : from + length + 1;
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}
