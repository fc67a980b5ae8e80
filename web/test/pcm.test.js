// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { bytesOfSamples, floatToS16, s16ToFloat, samplesOfBytes } from '../lib/pcm.js';
import { CapturePipe, PACKET_SAMPLES } from '../lib/capture_pipe.js';
import { SILENCE_DBFS, dbfs, isLoud, meterPosition, rms, rmsOfS16 } from '../lib/level.js';
import { amplitudeAt, sine } from './signals.js';

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

test('a second of microphone gives 20 ms packets of the same tone at any device rate', () => {
  for (const rate of [8000, 44100, 48000, 192000]) {
    /** @type {Int16Array[]} */
    const packets = [];
    const levels = /** @type {number[]} */ ([]);
    const pipe = new CapturePipe(rate);
    const input = sine(500, rate, rate, 0.5);
    for (let at = 0; at < rate; at += 128) {
      pipe.push(input.subarray(at, at + 128), (packet, level) => {
        packets.push(packet);
        levels.push(level);
      });
    }
    assert.ok(packets.length >= 48 && packets.length <= 50, `${rate} Hz gave ${packets.length}`);
    assert.ok(packets.every((packet) => packet.length === PACKET_SAMPLES));
    const joined = Float32Array.from(
      packets.slice(5).flatMap((packet) => [...packet]),
      (s) => s / 32768,
    );
    assert.ok(Math.abs(amplitudeAt(joined, 500, 16000) - 0.5) < 0.005, `${rate} Hz`);
    assert.ok(Math.abs(levels[20] - 0.5 / Math.SQRT2) < 0.005);
  }
});

test('an overdriven microphone clips and does not wrap', () => {
  const pipe = new CapturePipe(16000);
  const input = sine(250, 16000, 3200, 3);
  let at = 0;
  pipe.push(input, (packet) => {
    for (const sample of packet) {
      const wanted = input[at++];
      if (Math.abs(wanted) > 1) assert.equal(sample, wanted > 0 ? 32767 : -32768);
    }
  });
  assert.equal(at, 3200);
});
