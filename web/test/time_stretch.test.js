// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { RATE_MAX, STRETCH_NEEDS, TimeStretch } from '../lib/time_stretch.js';
import { amplitudeAt, sine } from './signals.js';

const RATE = 24000;

/**
 * Runs a whole signal through, always asking for a change.
 * @param {Float32Array} input
 * @param {boolean} shorter
 */
function stretched(input, shorter) {
  const stretch = new TimeStretch();
  /** @type {number[]} */
  const out = [];
  let joins = 0;
  let at = 0;
  while (at + STRETCH_NEEDS <= input.length) {
    stretch.earn(128);
    if (stretch.due && stretch.join(input.subarray(at, at + STRETCH_NEEDS), shorter) > 0) {
      for (let i = 0; i < stretch.length; i++) out.push(stretch.piece[i]);
      at += stretch.consumes;
      joins++;
      continue;
    }
    for (let i = 0; i < 128; i++) out.push(input[at + i]);
    at += 128;
  }
  return { out: Float32Array.from(out), used: at, joins };
}

/** Mean frequency by counting rising zero crossings. */
function frequency(/** @type {Float32Array} */ samples) {
  let first = -1;
  let last = 0;
  let count = 0;
  for (let i = 1; i < samples.length; i++) {
    if (samples[i - 1] >= 0 || samples[i] < 0) continue;
    const at = i - samples[i] / (samples[i] - samples[i - 1]);
    if (first < 0) first = at;
    else count++;
    last = at;
  }
  return (count * RATE) / (last - first);
}

function largestStep(/** @type {Float32Array} */ samples) {
  let most = 0;
  for (let i = 1; i < samples.length; i++)
    most = Math.max(most, Math.abs(samples[i] - samples[i - 1]));
  return most;
}

for (const shorter of [true, false]) {
  const name = shorter ? 'shorter' : 'longer';

  test(`made ${name}, a tone keeps its pitch within 1 % and has no step`, () => {
    for (const hz of [80, 123.4, 220, 440, 997, 3000]) {
      const input = sine(hz, RATE, 5 * RATE, 0.5);
      const { out, joins } = stretched(input, shorter);
      assert.ok(joins > 3, `${hz} Hz: ${joins} joins`);
      assert.ok(Math.abs(frequency(out) / hz - 1) < 0.01, `${hz} Hz became ${frequency(out)}`);
      const most = largestStep(input);
      assert.ok(largestStep(out) < most * 1.1, `${hz} Hz: a step of ${largestStep(out)}`);
    }
  });

  test(`made ${name}, the length changes by 5 to 6 %, never more`, () => {
    const { out, used } = stretched(sine(150, RATE, 20 * RATE, 0.5), shorter);
    const change = Math.abs(out.length - used) / out.length;
    assert.ok(change > 0.05 && change <= RATE_MAX + 0.001, `${(100 * change).toFixed(2)} %`);
    assert.equal(out.length < used, shorter);
  });

  test(`made ${name}, silence and a quiet room may be joined anywhere`, () => {
    assert.ok(stretched(new Float32Array(RATE), shorter).joins > 2);
  });
}

test('a join leaves the samples on both sides of it as they are', () => {
  const input = sine(200, RATE, STRETCH_NEEDS + 400, 0.5);
  const stretch = new TimeStretch();
  stretch.earn(100_000);
  const lag = stretch.join(input.subarray(0, STRETCH_NEEDS), true);
  assert.ok(lag > 0 && lag % 120 === 0, `periods of 120 samples: ${lag}`);
  assert.ok(Math.abs(stretch.piece[0] - input[0]) < 0.02);
  assert.ok(Math.abs(stretch.piece[lag - 1] - input[2 * lag - 1]) < 0.02);
});

test('noise that repeats nowhere is left alone', () => {
  let state = 1;
  const noise = Float32Array.from({ length: RATE }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x40000000 - 1;
  });
  const { joins, out } = stretched(noise, true);
  assert.equal(joins, 0);
  out.forEach((value, i) => assert.equal(value, noise[i]));
});

test('a voice with overtones keeps their balance', () => {
  const input = Float32Array.from(
    { length: 4 * RATE },
    (_, i) =>
      0.3 * Math.sin((2 * Math.PI * 130 * i) / RATE) +
      0.2 * Math.sin((2 * Math.PI * 390 * i) / RATE),
  );
  const { out } = stretched(input, true);
  // Joins are periodic, so the lines stay where they were.
  assert.ok(Math.abs(amplitudeAt(out, 130, RATE) - 0.3) < 0.09);
});
