// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  PictureGate,
  THUMBNAIL_HEIGHT,
  THUMBNAIL_WIDTH,
  differs,
  fitWithin,
  greyOf,
} from '../lib/picture_gate.js';
import { base64Of } from '../lib/base64.js';

const CELLS = THUMBNAIL_WIDTH * THUMBNAIL_HEIGHT;

/** @param {(cell: number) => number} levelOf */
const thumbnail = (levelOf) => Uint8Array.from({ length: CELLS }, (_, cell) => levelOf(cell));
const room = thumbnail((cell) => 20 + ((7 * cell) % 200));

test('the first picture goes, the same one again does not', () => {
  const gate = new PictureGate();
  assert.equal(gate.judge(room, 0), 'send');
  gate.sent(room, 0);
  assert.equal(gate.judge(room, 1000), 'unchanged');
});

test('a picture that could not be sent is judged again as if it had never been', () => {
  const gate = new PictureGate();
  assert.equal(gate.judge(room, 0), 'send');
  assert.equal(gate.judge(room, 1000), 'send');
});

test('at most one a second goes, a slower pace may be set, a faster one may not', () => {
  for (const [fps, interval] of [
    [1, 1000],
    [0.5, 2000],
    [30, 1000],
    [0, 20_000],
    [NaN, 1000],
  ]) {
    const gate = new PictureGate({ fps });
    gate.sent(room, 0);
    const other = thumbnail(() => 255);
    assert.equal(gate.judge(other, interval - 30), 'early', `${fps}`);
    assert.equal(gate.judge(other, interval - 10), 'send', `${fps}`);
  }
});

test('noise is no change, a word on the screen is one, and so is a lamp', () => {
  const noisy = room.map((level, cell) => level + (cell % 3) - 1);
  assert.equal(differs(room, noisy), false);
  const word = Uint8Array.from(room);
  word[500] += 10;
  assert.equal(differs(room, word), true);
  assert.equal(
    differs(
      room,
      room.map((level) => level + 2),
    ),
    false,
    'the camera adjusts itself',
  );
  assert.equal(
    differs(
      room,
      room.map((level) => level + 5),
    ),
    true,
  );
  assert.equal(
    differs(
      room,
      room.map((level) => level - 5),
    ),
    true,
  );
  assert.equal(differs(room, new Uint8Array(4)), true);
});

test('slow changes add up: each is compared with what the other side has seen', () => {
  const gate = new PictureGate({ refreshMs: 1e9 });
  gate.sent(room, 0);
  const verdicts = [1, 2, 3, 4, 5].map((step) =>
    gate.judge(
      room.map((level) => level + step),
      1000 * step,
    ),
  );
  assert.deepEqual(verdicts, ['unchanged', 'unchanged', 'unchanged', 'send', 'send']);
});

test('a quiet picture goes again after a while', () => {
  const gate = new PictureGate({ refreshMs: 15_000 });
  gate.sent(room, 0);
  assert.equal(gate.judge(room, 14_999), 'unchanged');
  assert.equal(gate.judge(room, 15_000), 'send');
});

test('somebody new has seen nothing', () => {
  const gate = new PictureGate();
  gate.sent(room, 0);
  gate.forget();
  assert.equal(gate.judge(room, 1000), 'send');
});

test('grey is how bright a person finds a colour', () => {
  const colours = [
    0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255,
  ];
  assert.deepEqual([...greyOf(Uint8ClampedArray.from(colours))], [0, 255, 76, 150, 29]);
});

test('a picture is made to fit and never enlarged', () => {
  assert.deepEqual(fitWithin(1920, 1080, 768), { width: 768, height: 432 });
  assert.deepEqual(fitWithin(1080, 1920, 768), { width: 432, height: 768 });
  assert.deepEqual(fitWithin(320, 240, 768), { width: 320, height: 240 });
  assert.deepEqual(fitWithin(5000, 1, 768), { width: 768, height: 1 });
});

test('bytes become base64 as node writes it, whatever their number', () => {
  for (const length of [0, 1, 2, 3, 4, 255, 8189, 8190, 8191, 30_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) % 256);
    assert.equal(base64Of(bytes), Buffer.from(bytes).toString('base64'), `${length}`);
    assert.equal(base64Of(bytes.buffer), base64Of(bytes));
  }
});
