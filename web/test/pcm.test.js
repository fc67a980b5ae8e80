// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  bytesOfSamples,
  bytesWithoutCopy,
  floatToS16,
  s16ToFloat,
  samplesOfBytes,
} from '../lib/pcm.js';
import {
  SILENCE_DBFS,
  VoiceBandMeter,
  dbfs,
  isLoud,
  meterPosition,
  rms,
  rmsOfS16,
} from '../lib/level.js';
import { sine } from './signals.js';

test('full scale and beyond is clamped and never wraps', () => {
  for (const [value, sample] of [
    [1, 32767],
    [2, 32767],
    [Infinity, 32767],
    [-1, -32768],
    [-7, -32768],
    [-Infinity, -32768],
  ]) {
    assert.equal(floatToS16(value), sample, `${value}`);
  }
});

test('what is not a number is silence', () => {
  assert.equal(floatToS16(NaN), 0);
  assert.ok(Object.is(floatToS16(-1e-9), 0));
});

test('every s16 sample survives the way through float', () => {
  for (let sample = -32768; sample <= 32767; sample++)
    assert.equal(floatToS16(s16ToFloat(sample)), sample);
});

test('samples travel little-endian and half a sample is left out', () => {
  const bytes = bytesOfSamples(Int16Array.of(1, -2, 32767));
  assert.deepEqual([...new Uint8Array(bytes)], [1, 0, 254, 255, 255, 127]);
  assert.deepEqual([...samplesOfBytes(bytes)], [1, -2, 32767]);
  assert.deepEqual([...samplesOfBytes(bytes.slice(0, 5))], [1, -2]);
  assert.equal(samplesOfBytes(new ArrayBuffer(0)).length, 0);
});

test('bytes that need no copy are the same bytes', () => {
  const samples = Int16Array.of(1, -2, 32767);
  assert.deepEqual(bytesWithoutCopy(samples), bytesOfSamples(samples));
});

test('levels have their known answers', () => {
  assert.ok(Math.abs(dbfs(rms(sine(1000, 16000, 16000))) + 3.01) < 0.01);
  assert.equal(dbfs(rms(Float32Array.of(1, -1, 1, -1))), 0);
  assert.equal(dbfs(rms([])), SILENCE_DBFS);
  assert.equal(dbfs(NaN), SILENCE_DBFS);
  assert.equal(rmsOfS16(Int16Array.of(-32768, -32768)), 1);
  assert.equal(rmsOfS16(new Int16Array(4)), 0);
});

test('the meter runs from its floor to full scale and stays in its frame', () => {
  assert.equal(meterPosition(1), 1);
  assert.equal(meterPosition(0), 0);
  assert.equal(meterPosition(10), 1);
  assert.ok(Math.abs(meterPosition(10 ** (-30 / 20)) - 0.5) < 1e-9);
});

test('the energy detector listens above 0.015', () => {
  assert.equal(isLoud(0.015), false);
  assert.equal(isLoud(0.0151), true);
});

test('the voice band leaves out direct current and hum, and keeps a voice', () => {
  for (const rate of [16000, 48000]) {
    const level = (/** @type {Float32Array} */ samples) => {
      const meter = new VoiceBandMeter(rate, rate / 100);
      for (const sample of samples) meter.add(sample);
      return meter.level;
    };
    assert.ok(level(new Float32Array(rate).fill(0.5)) < -100, 'direct current');
    assert.ok(level(sine(50, rate, rate, 0.5)) < dbfs(0.5) - 15, 'hum');
    assert.ok(Math.abs(level(sine(500, rate, rate, 0.5)) - dbfs(0.5 / Math.SQRT2)) < 0.1);
    assert.ok(level(sine(500, rate, rate, 0.5).fill(NaN, 0, 9)) > -10, 'NaN does not stay');
  }
});
