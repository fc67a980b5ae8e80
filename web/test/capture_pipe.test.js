// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { CapturePipe, PACKET_SAMPLES } from '../lib/capture_pipe.js';
import { SILENCE_DBFS } from '../lib/level.js';
import { amplitudeAt, db, sine } from './signals.js';
import { RATE_HZ, babbler, hiss, placed, together } from './voices.js';

/** @param {number} rate */
function recorder(rate) {
  /** @type {{packet: Int16Array, rms: number, heard: import("../lib/capture_pipe.js").Heard}[]} */
  const packets = [];
  /** @type {string[]} */
  const signals = [];
  const pipe = new CapturePipe(rate, {
    packet: (packet, rms, heard) => packets.push({ packet, rms, heard }),
    signal: (type) => signals.push(type),
  });
  const feed = (/** @type {Float32Array[]} */ channels, block = 128) => {
    for (let at = 0; at < channels[0].length; at += block) {
      pipe.push(channels.map((channel) => channel.subarray(at, at + block)));
    }
  };
  const joined = () =>
    Float32Array.from(
      packets.flatMap(({ packet }) => [...packet]),
      (sample) => sample / 32768,
    );
  return { pipe, packets, signals, feed, joined };
}

test('a second of microphone gives 20 ms packets of the same tone at any device rate', () => {
  for (const rate of [8000, 16000, 22050, 44100, 48000, 88200, 96000, 192000]) {
    const { packets, feed, joined } = recorder(rate);
    feed([sine(500, rate, rate, 0.5)]);
    assert.ok(packets.length >= 48 && packets.length <= 50, `${rate} Hz gave ${packets.length}`);
    assert.ok(packets.every(({ packet }) => packet.length === PACKET_SAMPLES));
    assert.ok(Math.abs(amplitudeAt(joined().subarray(1600), 500, 16000) - 0.5) < 0.005);
    assert.ok(Math.abs(packets[20].rms - 0.5 / Math.SQRT2) < 0.005);
    assert.ok(Math.abs(packets[20].heard.level_dbfs - db(0.5 / Math.SQRT2)) < 0.1);
  }
});

test('each packet has a buffer of its own, to be given away', () => {
  const { packets, feed } = recorder(16000);
  feed([sine(500, 16000, 1600)]);
  assert.equal(new Set(packets.map(({ packet }) => packet.buffer)).size, 5);
  assert.ok(packets.every(({ packet }) => packet.buffer.byteLength === 2 * PACKET_SAMPLES));
});

test('the result does not depend on how the stream was cut', () => {
  const sound = together(placed(babbler(0.6, -20), 0.7, 2), hiss(2, -60));
  const whole = recorder(16000);
  whole.feed([sound], sound.length);
  for (const block of [1, 100, 128, 160, 333]) {
    const cut = recorder(16000);
    cut.feed([sound], block);
    assert.deepEqual(cut.packets, whole.packets, `blocks of ${block}`);
    assert.deepEqual(cut.signals, whole.signals);
  }
});

test('an overdriven microphone clips and does not wrap', () => {
  const { packets, feed } = recorder(16000);
  const input = sine(250, 16000, 3200, 3);
  feed([input]);
  const output = packets.flatMap(({ packet }) => [...packet]);
  assert.equal(output.length, 3200);
  output.forEach((sample, i) => {
    if (Math.abs(input[i]) > 1) assert.equal(sample, input[i] > 0 ? 32767 : -32768);
  });
});

test('a stereo device is mixed down, each side by its share of the energy', () => {
  const { feed, joined } = recorder(16000);
  feed([sine(500, 16000, 16000, 0.4), sine(2000, 16000, 16000, 0.2)]);
  assert.ok(Math.abs(amplitudeAt(joined(), 500, 16000) - 0.32) < 0.01);
  assert.ok(Math.abs(amplitudeAt(joined(), 2000, 16000) - 0.04) < 0.01);
});

test('a voice on the third of five channels makes packets of its own level, and is heard', () => {
  const { feed, joined, packets } = recorder(16000);
  const silent = new Float32Array(16000);
  feed([silent, silent, sine(500, 16000, 16000, 0.4), silent, silent]);
  assert.ok(Math.abs(amplitudeAt(joined(), 500, 16000) - 0.4) < 0.01);
  assert.ok(packets.length === 50);
});

test('an absent input is nothing before the microphone began, and silence after it', () => {
  const { pipe, packets, feed } = recorder(16000);
  for (let block = 0; block < 125; block++) pipe.push([]);
  assert.equal(packets.length, 0);
  feed([sine(500, 16000, 16000)]);
  assert.equal(packets.length, 50);
  for (let block = 0; block < 125; block++) pipe.push([]);
  assert.equal(packets.length, 100);
  assert.equal(packets[99].rms, 0);
  assert.equal(packets[99].heard.level_dbfs, SILENCE_DBFS);
});

test('an onset is told before its packet is full, and the packets say who it was', () => {
  const { pipe, packets, signals, feed } = recorder(16000);
  feed([hiss(1, -60)]);
  let told = -1;
  const word = together(babbler(0.3, -20), hiss(0.3, -60));
  for (let at = 0; at < word.length; at += 16) {
    pipe.push([word.subarray(at, at + 16)]);
    if (told < 0 && signals.length > 0) told = at + 16;
  }
  assert.ok(told > 0 && told <= 0.03 * RATE_HZ, `told after ${told} samples`);
  assert.equal(told % 320, 160, 'in the middle of a packet');
  feed([hiss(1, -60)]);
  assert.deepEqual(signals, ['onset', 'release']);
  const said = packets.map(({ heard }) => heard.speech);
  assert.equal(said.slice(0, 50).includes(true), false);
  assert.equal(said.slice(52, 60).includes(false), false);
  assert.equal(said.slice(-20).includes(true), false);
});

test('what the page plays is echo and not speech', () => {
  const { pipe, packets, signals } = recorder(16000);
  const reply = together(babbler(3, -26), hiss(3, -60));
  for (let at = 0; at < reply.length; at += 160) {
    pipe.reference(10 ** (-16 / 20));
    pipe.push([reply.subarray(at, at + 160)]);
  }
  assert.deepEqual(signals, []);
  assert.ok(packets.filter(({ heard }) => heard.echo).length > 50);
  assert.ok(packets.every(({ heard }) => !heard.speech));
});

test('a muted microphone signals nothing, and an onset that stood is taken back', () => {
  const { pipe, signals, feed, packets } = recorder(16000);
  feed([hiss(1, -60)]);
  feed([babbler(0.2, -20)]);
  assert.deepEqual(signals, ['onset']);
  pipe.setMuted(true);
  assert.deepEqual(signals, ['onset', 'release']);
  feed([hiss(1, -60)]);
  feed([babbler(0.2, -20)]);
  assert.equal(signals.length, 2);
  assert.equal(packets[packets.length - 2].heard.speech, true, 'still known to the page');
  pipe.setMuted(false);
  assert.deepEqual(signals, ['onset', 'release', 'onset']);
});
