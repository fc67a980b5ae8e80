// @ts-check
// The conversation as lines that grow in place. Decides how a line looks: what the loudspeaker has
// yet to say is paler, what a person cut off stays struck and is called unheard, and what a screen
// reader is told of it as it happens. Which words belong to which line, and which of them were
// heard, is lib/transcript.js's to say.

import { element, setText } from './dom.js';
import { heardText } from '../lib/transcript.js';

/** @typedef {import("../lib/transcript.js").Entry} Entry */

/** A reader this close to the end wants to follow it. */
const FOLLOW_PX = 60;

export class TranscriptView {
  /** @type {Map<number, HTMLElement>} */
  #drawn = new Map();

  /**
   * @param {import("../lib/transcript.js").TranscriptLog} log
   * @param {object} elements
   * @param {HTMLElement} elements.lines
   * @param {HTMLElement} elements.scroll
   * @param {HTMLElement} elements.empty
   * @param {HTMLElement} elements.announced a live region. The list itself is none: a reply that
   *   is being spoken must not be read out over its own voice
   */
  constructor(log, elements) {
    this.log = log;
    this.elements = elements;
  }

  /** @param {boolean} sounds false: nothing plays replies here, so what is written is heard */
  draw(sounds) {
    const { log } = this;
    const { scroll, empty } = this.elements;
    const follow = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < FOLLOW_PX;
    this.#forget(new Set(log.entries.map(({ id }) => id)));
    log.entries.forEach((entry, index) => this.#drawEntry(entry, index, sounds));
    empty.hidden = log.entries.length > 0;
    if (follow) scroll.scrollTop = scroll.scrollHeight;
  }

  /**
   * More of these has been heard.
   * @param {Entry[]} entries
   */
  drawHeard(entries) {
    for (const entry of entries) {
      const line = this.#drawn.get(entry.id);
      if (line) drawWords(line, entry, true);
    }
  }

  /** @param {string} text to be read out, where it is shown but not spoken */
  announce(text) {
    setText(this.elements.announced, text);
  }

  /**
   * @param {Entry} entry
   * @param {number} index
   * @param {boolean} sounds
   */
  #drawEntry(entry, index, sounds) {
    const line = this.#lineOf(entry, index);
    if (entry.cutOff && !line.classList.contains('cut')) {
      line.classList.add('cut');
      line.append(element('span', 'tag', 'cut off'), element('span', 'hidden unheard'));
    }
    drawWords(line, entry, sounds);
  }

  /** @param {Set<number>} kept */
  #forget(kept) {
    for (const [id, line] of this.#drawn) {
      if (kept.has(id)) continue;
      line.remove();
      this.#drawn.delete(id);
    }
  }

  /**
   * @param {Entry} entry
   * @param {number} index
   */
  #lineOf({ id, role, time }, index) {
    const drawn = this.#drawn.get(id);
    if (drawn) return drawn;
    const { lines } = this.elements;
    const line = element('li', role);
    line.title = new Date(time).toLocaleTimeString();
    if (role !== 'note') line.append(element('span', 'who', role === 'user' ? 'You' : 'Livegate'));
    line.append(element('span', 'said'));
    this.#drawn.set(id, line);
    lines.insertBefore(line, lines.children[index] ?? null);
    return line;
  }
}

/**
 * A piece keeps its element as long as its kind is the same, so that a selection survives.
 * @param {HTMLElement} line
 * @param {Entry} entry
 * @param {boolean} sounds
 */
function drawWords(line, entry, sounds) {
  const pieces = sounds ? heardText(entry) : [{ text: entry.text, heard: true }];
  const said = /** @type {HTMLElement} */ (line.querySelector('.said'));
  pieces.forEach(({ text, heard }, index) => {
    const piece = said.children[index] ?? said.appendChild(element('span', ''));
    const kind = heard === true ? '' : heard === false ? 'ahead' : 'ahead partly';
    if (piece.className !== kind) piece.className = kind;
    setText(piece, text);
    // A struck word is a matter of sight; for the ear such words follow, named as unheard.
    if (entry.cutOff && heard !== true) piece.setAttribute('aria-hidden', 'true');
    else piece.removeAttribute('aria-hidden');
  });
  while (said.children.length > pieces.length) said.lastElementChild?.remove();
  const unheard = line.querySelector('.unheard');
  if (unheard) setText(unheard, unheardWords(pieces));
}

/**
 * @param {readonly {text: string, heard: boolean | "partly"}[]} pieces
 * @returns {string} empty where all of it was heard
 */
export function unheardWords(pieces) {
  const words = pieces.filter(({ heard }) => heard !== true).map(({ text }) => text);
  const text = words.join('').trim();
  return text === '' ? '' : ` Not heard: ${text}`;
}
