// @ts-check
// The vectors that this side shares with the C++ side (tests/golden): both must compute and read
// the same.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dbfs, rms, rmsOfS16 } from '../lib/level.js';
import { bytesOfSamples, floatToS16, s16ToFloat, samplesOfBytes } from '../lib/pcm.js';
import { base64Of } from '../lib/base64.js';
import { EVENT_TYPES, parseEvent, say } from '../lib/protocol.js';

/** @param {string} name */
function linesOf(name) {
  const text = readFileSync(new URL(`../../tests/golden/${name}`, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

/** @param {string} name @returns {any[]} */
const rowsOf = (name) => linesOf(name).map((line) => JSON.parse(line));

/** @param {number} one @param {number} other @param {string} name */
function near(one, other, name) {
  assert.ok(
    Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(other)),
    `${name}: ${one} ${other}`,
  );
}

test('levels are those of the golden vectors, from s16 and from float', () => {
  for (const { name, samples, ...level } of rowsOf('pcm_level.jsonl')) {
    near(rmsOfS16(Int16Array.from(samples)), level.rms, name);
    near(rms(samples.map(s16ToFloat)), level.rms, name);
    near(dbfs(level.rms), level.dbfs, name);
  }
});

test('floats become s16 as the golden vectors say, and come back to the nearest step', () => {
  for (const { float, s16 } of rowsOf('pcm_convert.jsonl')) {
    assert.equal(floatToS16(float), s16, `${float}`);
    if (Math.abs(float) <= 1) assert.ok(Math.abs(s16ToFloat(s16) - float) <= 1 / 32768);
    assert.equal(floatToS16(s16ToFloat(s16)), s16);
  }
});

test('samples survive the way over the wire', () => {
  for (const { samples } of rowsOf('pcm_level.jsonl')) {
    const bytes = bytesOfSamples(Int16Array.from(samples));
    assert.deepEqual([...samplesOfBytes(bytes)], samples);
  }
});

test('every event the gateway writes is understood', () => {
  const seen = new Set();
  for (const line of linesOf('native_events.jsonl')) {
    const event = JSON.parse(line);
    assert.deepEqual(parseEvent(line), { event }, line);
    seen.add(event.type);
  }
  assert.deepEqual([...seen].sort(), [...EVENT_TYPES].sort());
});

const LIGHT = {
  name: 'set_light',
  description: 'Dims "one" room.',
  parameters: { type: 'object', properties: { room: { type: 'string' } } },
};
const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0x00]);

/** What the client can say today, in every shape that it has. */
const CLIENT = [
  say.start({ rate: 16000, tools: [], client: 'livegate-web', echo_cancellation: true }),
  say.start({ rate: 48000, tools: [LIGHT], client: 'a page', language: 'de-DE', voice: 'Puck' }),
  say.start({ model: 'models/m', system_instruction: 'Be brief.\n"Quotes" and ü.' }),
  say.text('dim the "living room" lights'),
  say.text('ü \u{1F4A1}\n\\'),
  say.text(''),
  say.image('image/jpeg', base64Of(JPEG)),
  say.image('image/png', base64Of(JPEG.subarray(0, 3))),
  say.mute(),
  say.unmute(),
  say.interrupt(),
  say.toolResult('call-1', { result: { ok: true, brightness: 30 } }),
  say.toolResult('call-2', { result: null }),
  say.toolResult('call-3', { error: 'the lamp is broken' }),
  say.playback(0),
  say.playback(4_147_200_000),
  say.ping(0),
  say.ping(7),
  say.stop(),
];

/** What it says besides where `ready` offers `resume`. */
const CLIENT_RESUME = [
  say.resume('Zk0v-_9aA', 0),
  say.resume('p9Xe', 412),
  say.ping(9, 412),
  say.playback(48_000, 500),
];

test('what the client says is what the golden vectors hold, to be accepted by the gateway', () => {
  assert.deepEqual(CLIENT, linesOf('native_client.jsonl'));
  assert.deepEqual(CLIENT_RESUME, linesOf('native_client_resume.jsonl'));
  const types = new Set(CLIENT.map((line) => JSON.parse(line).type));
  assert.equal(types.size, 10, 'every client message of docs/wire-browser.md');
});
