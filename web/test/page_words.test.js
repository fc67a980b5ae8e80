import { test } from 'node:test';
import assert from 'node:assert/strict';
import { typicalWords } from '../page/measures_view.js';
import { pictureWords } from '../page/pictures_view.js';
import { noAnswerWords, phaseOf, statusWords } from '../page/status.js';
import { unheardWords } from '../page/transcript_view.js';

const TALKING = {
  state: 'ready',
  microphone: 'on',
  upstream: 'offline',
  model: '',
  roundTripMs: 2,
  retry: null,
  hearing: false,
  waiting: false,
  speaking: true,
};

test('a reply that was turned down says so until it is clear whether somebody speaks', () => {
  assert.equal(phaseOf(TALKING), 'speaking');
  assert.equal(phaseOf({ ...TALKING, ducked: true }), 'ducked');
  assert.match(statusWords({ ...TALKING, ducked: true }), /more quietly/);
  assert.equal(phaseOf({ ...TALKING, ducked: true, hearing: true }), 'hearing');
  assert.equal(phaseOf({ ...TALKING, ducked: true, speaking: false }), 'listening');
});

test('between a holding line and the answer the page says that the model is at work', () => {
  const between = { ...TALKING, speaking: false, working: true };
  assert.equal(phaseOf({ ...between, speaking: true }), 'speaking');
  assert.equal(phaseOf(between), 'waiting');
  assert.equal(statusWords(between), 'Still working on it …');
  assert.equal(statusWords({ ...between, working: false, waiting: true }), 'Thinking …');
});

test('a reply that answers nothing is told, a holding line by the status alone', () => {
  const message = 'The model has rejected its own answer. (RESPONSE_REJECTED)';
  assert.equal(noAnswerWords({ reason: 'no_speech', message }), 'The model chose to say nothing.');
  assert.equal(noAnswerWords({ reason: 'rejected', message }), message);
  assert.equal(noAnswerWords({ reason: 'holding_line', message }), '');
});

test('of one turn nothing is typical', () => {
  assert.equal(typicalWords(null), '');
  assert.equal(typicalWords({ count: 1, p50: 5, p95: 5 }), '');
  assert.equal(typicalWords({ count: 2, p50: 5, p95: 1240 }), 'p50 5 ms, p95 1.24 s of 2 turns');
});

test('pictures are counted, the unchanged ones too', () => {
  assert.equal(pictureWords(null, { sent: 0, skipped: 0 }), 'Sent 0, skipped 0 unchanged.');
  assert.equal(
    pictureWords({ width: 640, height: 480, bytes: 45_300 }, { sent: 12, skipped: 30 }),
    '640 × 480, 45 kB. Sent 12, skipped 30 unchanged.',
  );
  assert.match(pictureWords({ width: 8, height: 8, bytes: 90 }, { sent: 1, skipped: 0 }), /1 kB/);
});

test('what was not heard of a reply is named for those who do not see it struck', () => {
  const pieces = [
    { text: 'Once upon a ', heard: true },
    { text: 'time', heard: 'partly' },
    { text: ' there was a lamp.', heard: false },
  ];
  assert.equal(unheardWords(pieces), ' Not heard: time there was a lamp.');
  assert.equal(unheardWords(pieces.slice(0, 1)), '');
});
