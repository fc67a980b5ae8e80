// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { TranscriptLog, WRITTEN, heardText } from '../lib/transcript.js';

const SECOND = 24_000;

/** A reply of four seconds in two fragments, each standing before its two seconds of sound. */
function story() {
  const log = new TranscriptLog();
  log.newSession();
  log.add('user', 1, 'tell me a story');
  const entry = log.add('model', 1, 'Once upon a time ', 0);
  log.add('model', 1, 'there was a lamp.', 2 * SECOND);
  assert.ok(entry);
  return { log, entry };
}

/** @param {number} samples @param {object} [more] */
const heard = (samples, more = {}) => ({
  playing: true,
  playingTurn: 1,
  playedOf: /** @type {[number, number][]} */ ([[1, samples + 960]]),
  heardOf: /** @type {[number, number][]} */ ([[1, samples]]),
  ...more,
});

test('both sides grow in place', () => {
  const log = new TranscriptLog();
  log.newSession();
  log.add('model', 1, 'Dimming');
  log.add('user', 1, 'dim the');
  log.add('user', 1, ' lights');
  log.add('model', 1, ' the lights.');
  assert.deepEqual(
    log.entries.map(({ role, text }) => [role, text]),
    [
      ['user', 'dim the lights'],
      ['model', 'Dimming the lights.'],
    ],
  );
});

test('typed lines, notes and another session are entries of their own', () => {
  const { log } = story();
  log.typed('hello');
  log.note('a note');
  log.newSession();
  log.add('model', 1, 'Good day.');
  assert.deepEqual(
    log.entries.map(({ role, session }) => [role, session]),
    [
      ['user', 1],
      ['model', 1],
      ['user', 1],
      ['note', 1],
      ['model', 2],
    ],
  );
});

test('what the person said stands above the reply, even if it is written down later', () => {
  const log = new TranscriptLog();
  log.add('model', 1, 'Yes.');
  log.add('model', 2, 'Dimming');
  log.add('user', 2, 'dim the lights');
  assert.deepEqual(
    log.entries.map((entry) => entry.text),
    ['Yes.', 'dim the lights', 'Dimming'],
  );
});

test('a reply that was cut off says so and takes no more text', () => {
  const log = new TranscriptLog();
  log.add('model', 1, 'Once upon a');
  assert.ok(log.cutOff(1));
  assert.equal(log.add('model', 1, ' time'), null);
  assert.equal(log.entries[0].text, 'Once upon a');
  assert.ok(log.entries[0].cutOff);
  assert.equal(log.cutOff(9), null);
});

test("a new session's turns are other turns", () => {
  const log = new TranscriptLog();
  log.add('user', 1, 'first');
  log.newSession();
  log.add('user', 1, 'second');
  assert.deepEqual(
    log.entries.map((entry) => entry.text),
    ['first', 'second'],
  );
});

test('a typed line is an entry of its own, above the reply to it', () => {
  const log = new TranscriptLog();
  log.typed('dim the lights');
  log.typed('now');
  log.add('model', 1, 'Dimming');
  assert.deepEqual(
    log.entries.map((entry) => entry.text),
    ['dim the lights', 'now', 'Dimming'],
  );
});

test('only the last two hundred entries are kept', () => {
  const log = new TranscriptLog();
  for (let line = 0; line < 250; line++) log.note(String(line));
  assert.equal(log.entries.length, 200);
  assert.equal(log.entries[0].text, '50');
});

test('before its sound nothing of a reply has been heard, after its end everything', () => {
  const { log, entry } = story();
  assert.deepEqual(heardText(entry), [
    { text: 'Once upon a time there was a lamp.', heard: false },
  ]);
  log.soundEnds(1, 4 * SECOND);
  log.hear(heard(4 * SECOND, { playing: false }));
  assert.deepEqual(heardText(entry), [
    { text: 'Once upon a time there was a lamp.', heard: true },
  ]);
});

test('in between, the word that sounds stands between the heard and the unheard', () => {
  const { log, entry } = story();
  log.hear(heard(1 * SECOND));
  assert.deepEqual(heardText(entry), [
    { text: 'Once ', heard: true },
    { text: 'upon', heard: 'partly' },
    { text: ' a time there was a lamp.', heard: false },
  ]);
  log.hear(heard(2 * SECOND));
  assert.deepEqual(heardText(entry), [
    { text: 'Once upon a time ', heard: true },
    { text: 'there was a lamp.', heard: false },
  ]);
});

test('what a barge-in cut off stays unheard for good', () => {
  const { log, entry } = story();
  log.hear(heard(2.5 * SECOND));
  log.cutOff(1, 3 * SECOND);
  log.hear(heard(2.5 * SECOND, { playing: false }));
  log.hear({ playing: true, playingTurn: 2, playedOf: [[2, SECOND]], heardOf: [[2, SECOND]] });
  const pieces = heardText(entry);
  assert.equal(pieces.map(({ text }) => text).join(''), entry.text);
  assert.deepEqual(pieces, [
    { text: 'Once upon a time there ', heard: true },
    { text: 'was', heard: 'partly' },
    { text: ' a lamp.', heard: false },
  ]);
  assert.equal(log.add('model', 1, ' It was', 3 * SECOND), null, 'late words are refused');
});

test('of a reply that was cut off before its first sound nothing was heard', () => {
  const { log, entry } = story();
  log.cutOff(1, SECOND);
  log.hear({ playing: false, playingTurn: 0, playedOf: [], heardOf: [] });
  log.hear({ playing: true, playingTurn: 2, playedOf: [[2, 1]], heardOf: [[2, 1]] });
  assert.deepEqual(
    heardText(entry).map((piece) => piece.heard),
    [false],
  );
});

test('fragments that arrive at one place share its sound by their lengths', () => {
  const log = new TranscriptLog();
  log.newSession();
  const entry = log.add('model', 1, 'abcd ', 0);
  log.add('model', 1, 'efghi', 0);
  log.soundEnds(1, 2 * SECOND);
  log.hear(heard(SECOND));
  assert.ok(entry);
  assert.deepEqual(heardText(entry), [
    { text: 'abcd ', heard: true },
    { text: 'efghi', heard: false },
  ]);
});

test('the first fragment covers the sound before it', () => {
  const log = new TranscriptLog();
  log.newSession();
  const entry = log.add('model', 1, 'Late words.', SECOND);
  log.soundEnds(1, SECOND);
  log.hear(heard(0.6 * SECOND));
  assert.ok(entry);
  assert.deepEqual(heardText(entry), [
    { text: 'Late ', heard: true },
    { text: 'words.', heard: 'partly' },
  ]);
});

test('heard samples never go back, and only news is told', () => {
  const { log, entry } = story();
  assert.deepEqual(log.hear(heard(SECOND)), [entry]);
  assert.deepEqual(log.hear(heard(SECOND)), []);
  assert.deepEqual(log.hear(heard(500)), []);
  assert.equal(entry.heardSamples, SECOND);
});

test('a player that knows nothing of its device goes by what it rendered', () => {
  const { log, entry } = story();
  log.hear({ playing: true, playingTurn: 1, playedOf: [[1, 2 * SECOND]] });
  assert.equal(entry.heardSamples, 2 * SECOND);
});

test('what was written instead of spoken needs no hearing', () => {
  const log = new TranscriptLog();
  log.newSession();
  const entry = log.add('model', 1, 'In writing.', WRITTEN);
  assert.ok(entry);
  assert.deepEqual(heardText(entry), [{ text: 'In writing.', heard: true }]);
});

test('however far it was heard, the pieces make up the text, in order', () => {
  const order = [true, 'partly', false];
  for (let samples = 0; samples <= 5 * SECOND; samples += 997) {
    const { log, entry } = story();
    log.hear(heard(samples));
    const pieces = heardText(entry);
    assert.equal(pieces.map(({ text }) => text).join(''), entry.text);
    const places = pieces.map((piece) => order.indexOf(piece.heard));
    assert.deepEqual(places, [...new Set(places)].sort(), `${samples}`);
  }
});
