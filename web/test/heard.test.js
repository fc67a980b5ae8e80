// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { HeardClock } from '../lib/heard.js';

/** @type {(until: number, one: number, two?: number, session?: number) => any} */
const report = (until, one, two = 0, session = 1) => ({
  session,
  until,
  played: one + two,
  playedOf: two > 0 ? [[1, one], [2, two]] : [[1, one]], // prettier-ignore
});

test('nothing has been heard before anything was rendered', () => {
  assert.deepEqual(new HeardClock().at(5), { heard: 0, heardOf: [], complete: true });
});

test('what is rendered is heard when the device has come to it', () => {
  const clock = new HeardClock();
  clock.note(report(1.0, 0));
  clock.note(report(1.1, 2400));
  clock.note(report(1.2, 4800));
  assert.equal(clock.at(0.9).heard, 0);
  assert.equal(clock.at(1.0).heard, 0);
  assert.equal(clock.at(1.05).heard, 1200);
  assert.equal(clock.at(1.15).heard, 3600);
  assert.deepEqual(clock.at(1.2), { heard: 4800, heardOf: [[1, 4800]], complete: true });
  assert.equal(clock.at(1.19).complete, false);
});

test('it tells turns apart', () => {
  const clock = new HeardClock();
  clock.note(report(1.0, 2400));
  clock.note(report(1.1, 2400, 2400));
  assert.deepEqual(clock.at(1.05).heardOf, [
    [1, 2400],
    [2, 1200],
  ]);
});

test('a new session has heard nothing of the old one', () => {
  const clock = new HeardClock();
  clock.note(report(1.0, 9600));
  clock.note(report(1.1, 240, 0, 2));
  assert.equal(clock.at(2).heard, 240);
});

test('its memory does not grow', () => {
  const clock = new HeardClock();
  for (let i = 0; i < 1000; i++) clock.note(report(i / 10, i * 2400));
  assert.ok(clock.marks.length <= 64);
  assert.equal(clock.at(99.85).heard, Math.round(998.5 * 2400));
});
