// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Resampler } from '../lib/resample.js';
import { rms } from '../lib/level.js';
import { amplitudeAt, besideTone, db, resampled, sine } from './signals.js';

const DEVICE_RATES = [
  8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000,
];
const OUT = 16000;
const settled = (/** @type {Float32Array} */ samples) =>
  samples.subarray(1600, samples.length - 400);

/** @param {number} from @param {number} to @param {number} hz @param {number} seconds */
const passed = (from, to, hz, seconds = 0.25) =>
  settled(resampled(new Resampler(from, to), sine(hz, from, Math.round(from * seconds))));

/** @param {number} from @param {number} to @param {number} count */
const spread = (from, to, count) =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

test('the pass band is flat within 0.05 dB up to 0.9 of it, at every device rate', (context) => {
  for (const rate of DEVICE_RATES) {
    const edge = (0.9 * Math.min(rate, OUT)) / 2;
    const levels = spread(100, edge, 13).map((hz) =>
      db(amplitudeAt(passed(rate, OUT, hz), hz, OUT)),
    );
    const [low, high] = [Math.min(...levels), Math.max(...levels)];
    const range = `${low.toFixed(3)} to ${high.toFixed(3)} dB`;
    const told = `${rate} Hz to ${OUT}: ${range} up to ${edge} Hz`;
    context.diagnostic(told);
    assert.ok(low > -0.05 && high < 0.05, told);
  }
});

test("what lies above the output's Nyquist frequency is 60 dB down at least", (context) => {
  for (const rate of DEVICE_RATES.filter((r) => r > OUT)) {
    const top = rate / 2 - 10;
    const tones = [...spread(8000, 8400, 21), ...spread(8400, top, 12)];
    const leaks = tones.map((hz) => db(rms(passed(rate, OUT, hz)) * Math.SQRT2));
    const worst = Math.max(...leaks);
    const at = Math.round(tones[leaks.indexOf(worst)]);
    const told = `${rate} Hz to ${OUT}: ${worst.toFixed(1)} dB at worst, from ${at} Hz`;
    context.diagnostic(told);
    assert.ok(worst < -60, told);
  }
});

test('nothing but the tone comes out of a narrower stream, down to 60 dB', (context) => {
  for (const [from, to] of [
    [8000, 16000],
    [11025, 16000],
    [24000, 32000],
    [24000, 44100],
    [24000, 48000],
    [24000, 96000],
    [24000, 192000],
  ]) {
    const tones = spread(150, 0.499 * from, 16);
    const levels = tones.map((hz) => besideTone(passed(from, to, hz, 0.3), hz, to));
    const worst = Math.max(...levels);
    const told = `${from} Hz to ${to}: ${worst.toFixed(1)} dB at worst`;
    context.diagnostic(told);
    assert.ok(worst < -60, told);
  }
});

test('playback at 24 kHz is flat within 0.05 dB up to 10.8 kHz on any device', () => {
  for (const to of [32000, 44100, 48000, 96000]) {
    for (const hz of spread(100, 10800, 12)) {
      const level = db(amplitudeAt(passed(24000, to, hz), hz, to));
      assert.ok(Math.abs(level) < 0.05, `${hz} Hz to ${to} Hz: ${level.toFixed(3)} dB`);
    }
  }
});

test('the result does not depend on how the stream was cut', () => {
  for (const rate of [8000, 44100, 48000, 192000]) {
    const input = sine(1234, rate, 9000, 0.5);
    const whole = resampled(new Resampler(rate, OUT), input, () => input.length);
    for (const cut of [() => 1, () => 128, (/** @type {number} */ at) => 1 + (at % 701)]) {
      assert.deepEqual(resampled(new Resampler(rate, OUT), input, cut), whole, `${rate} Hz`);
    }
  }
});

test("a second of input gives a second of output, less the filter's delay", () => {
  for (const rate of DEVICE_RATES) {
    const resampler = new Resampler(rate, OUT);
    const count = resampled(resampler, new Float32Array(rate)).length;
    const delay = (resampler.taps / 2 / rate) * OUT;
    assert.ok(Math.abs(OUT - delay - count) <= 2, `${rate} Hz gave ${count}`);
    assert.ok(delay / OUT < 0.02, `${rate} Hz delays by ${(1000 * delay) / OUT} ms`);
  }
});

test('direct current passes unchanged and silence stays silent', () => {
  for (const rate of DEVICE_RATES) {
    const flat = settled(resampled(new Resampler(rate, OUT), new Float32Array(rate).fill(0.5)));
    assert.ok(
      flat.every((value) => Math.abs(value - 0.5) < 1e-4),
      `${rate} Hz`,
    );
    assert.ok(
      resampled(new Resampler(rate, OUT), new Float32Array(4000)).every((value) => value === 0),
    );
  }
});

test('a crystal that is slightly off still gives a clean sine', () => {
  const rate = 48013; // prime: 16000 phases, read between 1024 stored ones
  const resampler = new Resampler(rate, OUT);
  const out = settled(resampled(resampler, sine(1000, rate, rate)));
  const clean = sine(1000, OUT, out.length + 1600).subarray(1600); // output 0 is centred on input 0
  const error = out.map((value, i) => value - clean[i]);
  assert.ok(db(rms(error)) < -60, `error at ${db(rms(error)).toFixed(1)} dB`);
});

test('inputNeeded says exactly how much makes the asked number of samples', () => {
  for (const to of [44100, 48000, 96000, 22050, 24000]) {
    const resampler = new Resampler(24000, to);
    const output = new Float32Array(4096);
    for (let block = 0; block < 50; block++) {
      const need = resampler.inputNeeded(128);
      if (need > 1) {
        const early = resampler.process(new Float32Array(need - 1), output);
        assert.ok(early < 128, `${to} Hz: one sample less sufficed`);
        assert.ok(
          early + resampler.process(new Float32Array(1), output) >= 128,
          `${to} Hz: it did not suffice`,
        );
      } else {
        resampler.process(new Float32Array(need), output);
      }
    }
  }
});

test('rates that no device has are refused by name', () => {
  for (const rate of [0, -1, 7999, 192001, 44100.5, NaN]) {
    assert.throws(() => new Resampler(rate, OUT), RangeError);
    assert.throws(() => new Resampler(OUT, rate), RangeError);
  }
});
