// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChannelMix } from '../lib/channel_mix.js';

const BLOCK = 128;

/** @param {number} i @returns {number} a voice-like tone at 48 kHz */
const voice = (i) => 0.3 * Math.sin((2 * Math.PI * 300 * i) / 48000);

/**
 * @param {(channel: number, sample: number) => number} sound
 * @param {number} channels
 * @param {number} [blocks]
 * @returns {number[]} the mix
 */
function mixed(sound, channels, blocks = 200) {
  const mix = new ChannelMix();
  /** @type {number[]} */
  const out = [];
  for (let b = 0; b < blocks; b++) {
    const block = Array.from({ length: channels }, (_, c) =>
      Float32Array.from({ length: BLOCK }, (__, i) => sound(c, b * BLOCK + i)),
    );
    out.push(...mix.mix(block, BLOCK));
  }
  return out;
}

/** @param {number[]} samples */
const rms = (samples) => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
const after = BLOCK * 10; // 27 ms

test('a voice is as loud on any one of up to twelve channels as alone', () => {
  const alone = rms(mixed((_, i) => voice(i), 1).slice(after));
  for (const channels of [2, 3, 5, 8, 12]) {
    for (let live = 0; live < channels; live++) {
      const sound = (/** @type {number} */ c, /** @type {number} */ i) =>
        c === live ? voice(i) : 0.001 * Math.sin(i * (1.7 + c));
      const db = 20 * Math.log10(rms(mixed(sound, channels).slice(after)) / alone);
      assert.ok(Math.abs(db) < 0.5, `channel ${live + 1} of ${channels}: ${db.toFixed(1)} dB`);
    }
  }
});

test('channels that carry the same are averaged, to the sample', () => {
  const out = mixed((_, i) => voice(i), 4);
  for (let i = 0; i < out.length; i++) assert.ok(Math.abs(out[i] - voice(i)) < 1e-6, `${i}`);
});

test('a voice that moves to another channel is followed without a click', () => {
  const half = 100 * BLOCK;
  const out = mixed((c, i) => ((i < half) === (c === 0) ? voice(i) : 0), 6);
  const steepest = 0.3 * ((2 * Math.PI * 300) / 48000) * 1.5;
  for (let i = 1; i < half; i++) assert.ok(Math.abs(out[i] - out[i - 1]) < steepest, `${i}`);
  for (let i = half + 1; i < out.length; i++)
    assert.ok(Math.abs(out[i] - out[i - 1]) < steepest, `${i}`);
  assert.ok(rms(out.slice(half + 60 * BLOCK)) > 0.8 * rms(mixed((_, i) => voice(i), 1)));
});

test('silence, no channel and no sample are taken', () => {
  assert.equal(rms(mixed(() => 0, 3)), 0);
  assert.equal(rms([...new ChannelMix().mix([], BLOCK)]), 0);
  assert.equal(new ChannelMix().mix([new Float32Array(0)], 0).length, 0);
});
