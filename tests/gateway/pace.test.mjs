// How fast what a client sends is taken: never more of it at a time than a loop can bear, never
// faster than the limits say, and never with a loss.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient } from '../lib/live_client.mjs';
import { serve, within } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';

const RATE = 16_000;

/** Every sample says where it stands, and none is silent. */
function counted(seconds) {
  const pcm = Buffer.alloc(seconds * RATE * 2);
  for (let i = 0; i < pcm.length / 2; ++i) pcm.writeInt16LE(1 + (i % 30_000), 2 * i);
  return pcm;
}

function soundOf(connection) {
  return Buffer.concat(
    connection.messages
      .filter((m) => m.realtimeInput?.audio)
      .map((m) => Buffer.from(m.realtimeInput.audio.data, 'base64')),
  );
}

/** With no detector in between: what is heard is what is sent on. */
async function gatewayWith(name, limits, model) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-test-')), 'gate.toml');
  writeFileSync(
    file,
    '[server]\nthreads = 1\ndrain_ms = 100\n[resume]\ngrace_ms = 0\n' +
      `[vad]\ndetector = "off"\n[limits]\n${limits}`,
  );
  return serve(name, ['--config', file, '--upstream', model.url], { GEMINI_API_KEY: 'k' });
}

async function metric(gateway, name) {
  const text = await (await fetch(`${gateway.http}/metrics`)).text();
  const line = text.split('\n').find((l) => l.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

describe('sound that comes faster than it was spoken', () => {
  const model = startFakeModel();
  after(async () => (await model).close());

  test('is taken as far ahead as allowed and no further, in one frame or in many', async () => {
    // So slow behind the first three seconds that the rest takes longer than any test.
    const gateway = await gatewayWith('ahead', 'audio_ahead_s = 3\naudio_rate = 1\n', await model);
    const pcm = counted(250).subarray(0, 4_000_000);
    const second = (_, i) => pcm.subarray(i * 32_000, (i + 1) * 32_000);
    for (const frames of [[pcm], Array.from({ length: 125 }, second)]) {
      const began = performance.now();
      const client = new NativeClient(gateway.native);
      await client.start();
      const connection = (await model).connections.at(-1);
      const limited = await metric(gateway, 'livegate_limited_total{limit="audio"}');
      for (const frame of frames) await client.send(frame);
      await (await model).until(() => soundOf(connection).length >= 3 * RATE * 2);
      // Others are heard and answered meanwhile, on the same loop.
      const other = new NativeClient(gateway.native);
      await other.start();
      await other.turn('are you there?');
      assert.ok(other.undisturbed);
      other.close();
      const sound = soundOf(connection);
      const elapsed = (performance.now() - began) / 1000;
      assert.ok(sound.length / 2 / RATE <= 3 + elapsed + 0.3, `${sound.length} in ${elapsed} s`);
      assert.ok(sound.equals(pcm.subarray(0, sound.length)), 'in order, and nothing left out');
      assert.equal(await metric(gateway, 'livegate_limited_total{limit="audio"}'), limited + 1);
      assert.ok(client.undisturbed, 'a file is no mistake');
      client.close();
    }
    assert.equal(await gateway.stop(), 0);
  });

  test('is no cover for a client that has gone: its session ends', async () => {
    const gateway = await gatewayWith('gone', 'audio_ahead_s = 1\naudio_rate = 1\n', await model);
    const client = new NativeClient(gateway.native);
    await client.start();
    const connection = (await model).connections.at(-1);
    const gone = once(connection.socket, 'close');
    await client.send(counted(120));
    await (await model).until(() => soundOf(connection).length >= RATE * 2);
    client.socket.terminate();
    await within(gone, 'the connection to the model to end');
    assert.equal(await gateway.stop(), 0);
  });

  test('arrives whole and in order where the limit allows it', async () => {
    const gateway = await gatewayWith('whole', 'audio_rate = 0\n', await model);
    const pcm = counted(90);
    const client = new NativeClient(gateway.native);
    await client.start();
    const connection = (await model).connections.at(-1);
    await client.send(pcm);
    await client.send({ type: 'text', text: 'that was all' });
    await client.event('turn_complete');
    assert.ok(soundOf(connection).equals(pcm));
    const said = connection.messages.findIndex((m) => m.realtimeInput?.text === 'that was all');
    const sounds = connection.messages.flatMap((m, i) => (m.realtimeInput?.audio ? [i] : []));
    assert.ok(sounds.every((i) => i < said), 'what was sent behind it comes behind it');
    client.close();
    assert.equal(await gateway.stop(), 0);
  });

  test('of the Live API is cut and taken likewise', async () => {
    const gateway = await gatewayWith('live', 'audio_rate = 0\n', await model);
    const pcm = counted(60);
    const client = new LiveClient(gateway.port);
    await client.start();
    const connection = (await model).connections.at(-1);
    const data = pcm.toString('base64');
    await client.send({
      realtimeInput: { audio: { mimeType: `audio/pcm;rate=${RATE}`, data }, text: 'that was all' },
    });
    await (await model).until(() => connection.messages.some((m) => m.realtimeInput?.text));
    assert.ok(soundOf(connection).equals(pcm));
    client.close();
    assert.equal(await gateway.stop(), 0);
  });
});

describe('text', () => {
  test('over the limit waits, is told so once, and is not lost', async () => {
    const model = await startFakeModel({ onMessage: () => {} });
    const gateway = await gatewayWith('texts', 'texts = 60\n', model);
    const client = new NativeClient(gateway.native);
    await client.start();
    const connection = model.connections.at(-1);
    const lines = () => connection.messages.filter((m) => m.realtimeInput?.text).length;
    for (let i = 0; i < 64; ++i) await client.send({ type: 'text', text: `line ${i}` });
    const error = await client.event('error');
    assert.equal(error.code, 'limited');
    assert.equal(error.fatal, false);
    assert.match(error.message, /^limits\.texts: 60 a minute .* message is taken in 1 s\.$/);
    assert.ok(lines() <= 62, 'and not all at once');
    await within(
      model.until(() => lines() === 64),
      'the lines that waited',
    );
    assert.equal(client.events.filter((e) => e.type === 'error').length, 1);
    assert.equal(await metric(gateway, 'livegate_limited_total{limit="texts"}'), 1);
    client.close();
    assert.equal(await gateway.stop(), 0);
    model.close();
  });
});
