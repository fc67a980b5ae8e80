// What the Live API's wire promises of paths, credentials, frames and closes, one test per row of
// README.md: the real gateway between a client that sends its own bytes and a scripted model.

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient, PATH, SERVICE, SETUP, audio } from '../lib/live_client.mjs';
import { serve, startLivegate, within } from '../lib/livegate.mjs';

const KEY = 'test-key-9f2c';
const ALICE = 'alice-token-7c1e';

let model;
let open; // anybody may talk
let locked; // Alice may

before(async () => {
  model = await startFakeModel();
  const args = ['--upstream', model.url, '--vad', 'energy'];
  open = await serve('conformance-wire', args, { GEMINI_API_KEY: KEY });
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-test-')), 'gate.toml');
  writeFileSync(file, `[auth]\ntokens = { alice = "${ALICE}" }\n`);
  locked = await startLivegate(
    'conformance-wire-locked',
    ['serve', '--listen', '127.0.0.1:0', '--config', file, ...args],
    { GEMINI_API_KEY: KEY },
  );
});
after(async () => {
  assert.equal(await open.stop(), 0);
  assert.equal(await locked.stop(), 0);
  model.close();
});

/** Opens, is set up, and leaves. */
async function isServed(port, options) {
  const client = new LiveClient(port, options);
  await client.start();
  client.close();
}

test('row 1: after the upgrade nothing is said until the setup', async () => {
  const client = new LiveClient(open.port, { key: 'no-key-needed' });
  await client.isOpen();
  client.socket.ping(); // its pong is behind whatever the gateway might have said
  await client.until(() => client.pongs === 1, 'the pong');
  assert.deepEqual(client.messages, []);
  await client.start();
  client.close();
});

test('row 2: doubled slashes, prefixes and all three versions are one path', async () => {
  for (const path of [
    `/${PATH}`,
    `/prefix${PATH}`,
    PATH.replace('v1beta', 'v1'),
    PATH.replace('v1beta', 'v1alpha'),
  ]) {
    await isServed(open.port, { path });
  }
});

test('row 3: the key may stand in the header', async () => {
  await isServed(locked.port, { headers: { 'x-goog-api-key': ALICE } });
  await isServed(locked.port, { key: ALICE });
});

test('row 4: an unknown path is answered 404', async () => {
  const client = new LiveClient(open.port, { path: `/ws/${SERVICE}.BidiGenerateMusic` });
  assert.deepEqual(await client.isClosed(), { status: 404 });
});

test('row 5: a bad key is closed 1007 in the words of the service', async () => {
  const client = new LiveClient(locked.port, { key: 'test-key-9f2c' });
  await client.isOpen();
  const { code, reason } = await client.isClosed();
  assert.equal(code, 1007);
  assert.equal(reason, 'API key not valid. Please pass a valid API key.');
});

test('row 10: a second setup is closed 1007, and so is anything before the first', async () => {
  const words = 'setup must be the first message and only the first';
  const twice = new LiveClient(open.port);
  await twice.start();
  await twice.send(SETUP);
  const early = new LiveClient(open.port);
  await early.send({ realtimeInput: { text: 'early' } });
  for (const client of [twice, early]) {
    const { code, reason } = await client.isClosed();
    assert.deepEqual([code, reason], [1007, words]);
  }
});

test('row 11: a setup in snake_case has the same effect', async () => {
  const client = new LiveClient(open.port);
  await client.start({
    setup: {
      model: 'models/gemini-3.8-live',
      generation_config: {
        response_modalities: ['AUDIO'],
        speech_config: { voice_config: { prebuilt_voice_config: { voice_name: 'Kore' } } },
      },
      system_instruction: { parts: [{ text: 'Be brief.' }] },
      input_audio_transcription: {},
    },
  });
  const { setup } = model.connections.at(-1);
  assert.deepEqual(setup.generationConfig, {
    responseModalities: ['AUDIO'],
    speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
  });
  assert.equal(setup.systemInstruction.parts[0].text, 'Be brief.');
  assert.deepEqual(setup.inputAudioTranscription, {});
  client.close();
});

test('row 12: URL-safe base64 in snake_case is the same sound', async () => {
  const manual = {
    setup: {
      ...SETUP.setup,
      realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
    },
  };
  // Samples whose base64 differs between the alphabets.
  const pcm = Buffer.alloc(640);
  for (let i = 0; i < pcm.length; i += 2) pcm.writeInt16LE(i % 4 === 0 ? -2 : -1537, i);
  const heard = [];
  for (const envelope of [
    audio(pcm),
    {
      realtime_input: {
        audio: { data: pcm.toString('base64url'), mimeType: 'audio/pcm;rate=16000' },
      },
    },
  ]) {
    const client = new LiveClient(open.port);
    await client.start(manual);
    const connection = model.connections.at(-1);
    await client.send({ realtimeInput: { activityStart: {} } });
    await client.send(envelope);
    await client.send({ realtimeInput: { activityEnd: {} } });
    await model.until(() => connection.messages.some((m) => m.realtimeInput?.activityEnd));
    const sound = connection.messages.map((m) => m.realtimeInput?.audio?.data).filter(Boolean);
    heard.push(Buffer.concat(sound.map((data) => Buffer.from(data, 'base64'))));
    client.close();
  }
  assert.notEqual(pcm.toString('base64'), pcm.toString('base64url'));
  assert.ok(heard[0].length >= pcm.length, `${heard[0].length} bytes`);
  assert.deepEqual(heard[1], heard[0]);
});

test('row 14: what is no JSON is closed 1007 by name', async () => {
  const client = new LiveClient(open.port);
  await client.start();
  await client.send('{"realtimeInput":');
  const { code, reason } = await client.isClosed();
  assert.equal(code, 1007);
  assert.match(reason, /^Invalid JSON payload received/);
});

test('row 18: a binary frame is taken like a text frame', async () => {
  const client = new LiveClient(open.port);
  await client.start(Buffer.from(JSON.stringify(SETUP)));
  await client.send(Buffer.from(JSON.stringify({ realtimeInput: { text: 'hello' } })));
  await client.message((m) => m.serverContent?.turnComplete, 'the reply');
  assert.ok(client.frames.every((frame) => frame.binary));
  client.close();
});

test('row 45: a ping is answered at once, whatever the model does with ours', async () => {
  const client = new LiveClient(open.port);
  await client.start();
  client.socket.ping();
  await client.until(() => client.pongs === 1, 'the pong');
  client.close();
});

test('row 54: a long reason is cut at 123 bytes between two characters', async () => {
  for (const name of ['é'.repeat(100), '€'.repeat(100), 'a'.repeat(300), `x${'é'.repeat(100)}`]) {
    const client = new LiveClient(open.port);
    await client.send({ setup: { [name]: 1 } });
    const { code, reason, bytes } = await client.isClosed();
    assert.equal(code, 1007);
    assert.match(reason, /^Invalid JSON payload received\. Unknown name "/);
    assert.ok(bytes <= 123 && bytes >= 120, `${bytes} bytes`);
    assert.ok(!reason.includes('\ufffd'), reason);
  }
});

/** Resolves once the gateway counts no open session. */
async function everySessionIsReleased() {
  for (;;) {
    const text = await (await fetch(`${open.http}/metrics`)).text();
    if (/^livegate_sessions_open 0$/m.test(text)) return;
  }
}

test('row 55: a close without a code and a dropped TCP connection both release it', async () => {
  const before = model.connections.length;
  const polite = new LiveClient(open.port);
  await polite.start();
  polite.socket.close(); // as JavaScript's SDK: a close frame without a code
  const raw = net.connect(open.port, '127.0.0.1');
  await once(raw, 'connect');
  raw.write(
    `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await once(raw, 'data');
  const text = Buffer.from(JSON.stringify(SETUP));
  const mask = Buffer.from([1, 2, 3, 4]);
  const masked = text.map((byte, i) => byte ^ mask[i % 4]);
  raw.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length]), mask, masked]));
  await once(raw, 'data');
  raw.destroy(); // as Go's: no goodbye at all
  const mine = () => model.connections.slice(before);
  await within(
    model.until(() => mine().length === 2 && mine().every((c) => c.socket.readyState === 3)),
    'both connections to the model to be closed',
  );
  await polite.isClosed();
  assert.equal(polite.closed.code, 1000);
  await within(everySessionIsReleased(), 'the sessions to be released');
});
