// What the Live API's wire promises of a conversation, one test per row of README.md: the
// real gateway between a client that sends its own bytes and a scripted model.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient, PATH, SETUP, audio, silent } from '../lib/live_client.mjs';
import { serve, within } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';
import { speak } from '../lib/speech.mjs';

const KEY = 'test-key-9f2c';
const PYTHON = { 'user-agent': 'google-genai-sdk/2.19.0 gl-python/3.12.1' };
const TOOL = { functionDeclarations: [{ name: 'set_light' }] };
const CALL = { name: 'set_light', args: {} };

let model;
let gateway;
before(async () => {
  model = await startFakeModel();
  gateway = await serve('conformance-talk', ['--upstream', model.url, '--vad', 'energy'], {
    GEMINI_API_KEY: KEY,
  });
});
after(async () => {
  assert.equal(await gateway.stop(), 0);
  model.close();
});

/** A client that is set up, and the model's end of its session. */
async function talk(options = {}) {
  const client = new LiveClient(gateway.port, options);
  await client.start({ setup: { ...SETUP.setup, ...options.setup } });
  return { client, connection: model.connections.at(-1) };
}

/** Resolves once the gateway has read everything that `client` sent before. */
async function isRead(client, connection) {
  const seen = connection.messages.length;
  await client.send({ realtimeInput: { text: 'and then?' } });
  await model.until(() => connection.messages.slice(seen).some((m) => m.realtimeInput?.text));
}

const metric = async (name) => {
  const text = await (await fetch(`${gateway.http}/metrics`)).text();
  const row = text.split('\n').find((line) => line.startsWith(`${name} `));
  return Number(row.slice(name.length + 1));
};

test('row 23: the end of the stream flushes what is held, and later audio reopens it', async () => {
  const { client, connection } = await talk();
  const speech = speak('turn on the kitchen lights');
  let heard = 0;
  for (const round of [1, 2]) {
    for (let at = 0; at < speech.length; at += 640) {
      await client.send(audio(speech.subarray(at, at + 640)));
    }
    await client.send({ realtimeInput: { audioStreamEnd: true } });
    const ends = () => connection.messages.filter((m) => m.realtimeInput?.audioStreamEnd).length;
    await within(
      model.until(() => ends() === round),
      `end number ${round}`,
    );
    await isRead(client, connection);
    assert.equal(ends(), round, 'the end is told once');
    const pieces = connection.messages.map((m) => m.realtimeInput?.audio?.data).filter(Boolean);
    const sound = Buffer.concat(pieces.map((data) => Buffer.from(data, 'base64')));
    const said = sound.subarray(heard, heard + speech.length);
    assert.ok(said.equals(speech), `round ${round}: every sample, as it was`);
    // The default model waits for silence, and the app has stopped sending any.
    const silence = sound.subarray(heard + speech.length);
    assert.ok(silence.length >= 32_000 && silence.every((byte) => byte === 0), `round ${round}`);
    heard = sound.length;
  }
  client.close();
});

test('row 24: an interruption empties the queue to the client before anything newer', async () => {
  const { client, connection } = await talk();
  client.socket.pause();
  const turns = await metric('livegate_turns_total');
  const taken = await metric('livegate_dropped_total{what="unsent_reply_messages"}');
  const PIECES = 12;
  for (let i = 0; i < PIECES; ++i) connection.play(225_000);
  connection.say({ serverContent: { interrupted: true } });
  connection.say({ serverContent: { turnComplete: true } });
  const counted = async () => {
    while ((await metric('livegate_turns_total')) === turns);
  };
  await within(counted(), 'the gateway to have read it all');
  client.socket.resume();
  await client.message((m) => m.serverContent?.turnComplete, 'the end of the turn');
  const played = client.messages.filter((m) => m.serverContent?.modelTurn).length;
  const dropped = (await metric('livegate_dropped_total{what="unsent_reply_messages"}')) - taken;
  assert.ok(dropped > 0, 'something was taken back');
  assert.equal(played + dropped, PIECES, 'each piece arrives or is taken back');
  const cut = client.messages.findIndex((m) => m.serverContent?.interrupted);
  assert.ok(client.messages.slice(cut).every((m) => !m.serverContent?.modelTurn));
  connection.reply();
  await client.message((m) => m.serverContent?.generationComplete, 'the next reply', cut);
  client.close();
});

test('row 30: sound, words and the end in one event are delivered in that order', async () => {
  const event = {
    serverContent: {
      turnComplete: true,
      outputTranscription: { text: 'Done.' },
      modelTurn: {
        parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: 'AQACAAMA' } }],
      },
    },
  };
  const { client, connection } = await talk();
  connection.say(event);
  await client.message((m) => m.serverContent?.turnComplete, 'the event');
  assert.deepEqual(client.messages.at(-1), event);
  client.close();

  const native = new NativeClient(gateway.native);
  await native.start();
  model.connections.at(-1).say(event);
  await native.event('turn_complete');
  const types = native.events.map((e) => e.type);
  assert.equal(native.audioBytes, 6);
  assert.ok(types.indexOf('turn_started') < types.indexOf('transcript'));
  assert.ok(types.indexOf('transcript') < types.indexOf('turn_complete'));
  native.close();
});

test('row 31: empty frames, voice activity and usage alone disturb nobody', async () => {
  const events = [
    {},
    { voiceActivity: { type: 'ACTIVITY_START', audioOffset: '0.200s' } },
    { usageMetadata: { totalTokenCount: 5 } },
    { somethingNew: { a: 1 } },
  ];
  const node = await talk({ headers: { 'user-agent': 'google-genai-sdk/3.1.0 gl-node/v22' } });
  const python = await talk({ headers: PYTHON });
  for (const { client, connection } of [node, python]) {
    for (const event of events) connection.say(event);
    connection.reply();
    await client.message((m) => m.serverContent?.turnComplete, 'the reply');
    assert.equal(client.closed, null);
  }
  assert.deepEqual(node.client.messages.slice(1, 5), events);
  assert.deepEqual(python.client.messages.slice(1, 3), [events[0], events[2]]);
  node.client.close();
  python.client.close();
});

test('Python is sent a message above 1 MiB as several, without a sample lost', async () => {
  const { client, connection } = await talk({ headers: PYTHON });
  const BYTES = 1_500_000;
  const data = Buffer.alloc(BYTES, 7).toString('base64');
  connection.say({
    serverContent: {
      modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] },
      outputTranscription: { text: 'A long one.' },
      turnComplete: true,
    },
  });
  await client.message((m) => m.serverContent?.turnComplete, 'the end');
  assert.ok(client.frames.every((frame) => frame.bytes < 1024 * 1024));
  const sound = client.messages
    .flatMap((m) => m.serverContent?.modelTurn?.parts ?? [])
    .map((part) => Buffer.from(part.inlineData.data, 'base64'));
  assert.ok(sound.length > 1 && sound.every((piece) => piece.length % 2 === 0));
  assert.equal(Buffer.concat(sound).length, BYTES);
  client.close();
});

test("Python's frames mean to the model what its app meant", async () => {
  const file = new URL('../golden/python_client.jsonl', import.meta.url);
  const [setup, ...frames] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const client = new LiveClient(gateway.port, { headers: PYTHON });
  await client.start(setup);
  const connection = model.connections.at(-1);
  connection.say({ toolCall: { functionCalls: [{ id: 'c1', ...CALL }] } });
  await client.message((m) => m.toolCall, 'the call');
  for (const frame of frames) await client.send(frame);
  await isRead(client, connection);
  const told = (find) => connection.messages.map(find).filter(Boolean);
  assert.equal(connection.setup.systemInstruction.parts[0].text, 'Be brief.');
  assert.ok(connection.setup.tools[0].functionDeclarations[0].parameters.properties.room_name);
  const sound = told((m) => m.realtimeInput?.audio?.data ?? m.realtime_input?.audio?.data);
  assert.deepEqual(
    Buffer.concat(sound.map((data) => Buffer.from(data, 'base64'))),
    Buffer.from(JSON.parse(frames[1]).realtime_input.audio.data, 'base64url'),
  );
  const either = (camel, snake) => told((m) => m[camel] ?? m[snake]);
  const inputs = either('realtimeInput', 'realtime_input');
  assert.deepEqual(
    ['activityStart', 'audio', 'activityEnd', 'video'].filter((k) => inputs.some((i) => i[k])),
    ['activityStart', 'audio', 'activityEnd', 'video'],
  );
  const [content] = either('clientContent', 'client_content');
  assert.equal(content.turns[0].parts[0].text, 'What time is it?');
  const [answer] = either('toolResponse', 'tool_response');
  assert.deepEqual(answer.functionResponses[0].response, { result_code: 'ok' });
  client.close();
});

test("frames are binary, but text for JavaScript's SDK, which doubles a slash", async () => {
  const origin = `http://127.0.0.1:${gateway.port}`;
  for (const [options, binary] of [
    [{}, true],
    [{ origin }, true],
    [{ origin, path: `/${PATH}` }, false],
    [{ path: `/${PATH}` }, false],
  ]) {
    const { client, connection } = await talk(options);
    connection.reply();
    await client.message((m) => m.serverContent?.turnComplete, 'the reply');
    assert.ok(client.frames.length > 2 && client.frames.every((f) => f.binary === binary));
    client.close();
  }
});

test('row 34: speech waits for the answer to a call that stops the model', async () => {
  const { client, connection } = await talk({
    setup: { model: 'models/gemini-3.1-flash-live-preview', tools: [TOOL] },
  });
  connection.say({ toolCall: { functionCalls: [{ id: 'd', ...CALL }] } });
  await client.message((m) => m.toolCall, 'the call');
  const speech = speak('turn on the kitchen lights');
  for (let at = 0; at < speech.length; at += 640) {
    await client.send(audio(speech.subarray(at, at + 640)));
  }
  const functionResponses = [{ id: 'd', name: 'set_light', response: { ok: true } }];
  await client.send({ toolResponse: { functionResponses } });
  await client.send({ realtimeInput: { audioStreamEnd: true } });
  await within(
    model.until(() => connection.messages.some((m) => m.realtimeInput?.audioStreamEnd)),
    'the end of the speech',
  );
  const answered = connection.messages.findIndex((m) => m.toolResponse);
  const sound = connection.messages.map((m) => m.realtimeInput?.audio?.data);
  assert.ok(answered > 0 && sound.slice(0, answered).every((data) => !data));
  const bytes = sound.reduce((sum, data) => sum + Buffer.from(data ?? '', 'base64').length, 0);
  assert.equal(bytes, speech.length, 'nothing of it is lost');
  client.close();
});

test('row 35: exactly the open calls are cancelled; late answers go nowhere', async () => {
  const { client, connection } = await talk({ setup: { tools: [TOOL] } });
  connection.say({
    toolCall: {
      functionCalls: [
        { id: 'a', ...CALL },
        { id: 'b', ...CALL },
      ],
    },
  });
  await client.message((m) => m.toolCall, 'the calls');
  connection.say({ serverContent: { interrupted: true } });
  connection.say({ toolCallCancellation: { ids: ['a', 'b'] } });
  const { toolCallCancellation } = await client.message((m) => m.toolCallCancellation, 'the end');
  assert.deepEqual(toolCallCancellation.ids, ['a', 'b']);
  const functionResponses = ['a', 'b'].map((id) => ({ id, name: 'set_light', response: {} }));
  await client.send({ toolResponse: { functionResponses } });
  await isRead(client, connection);
  assert.ok(connection.messages.every((m) => !m.toolResponse));
  assert.equal(client.closed, null);
  client.close();
});

test('row 37: a turn that calls ends by itself; the reaction comes in a later one', async () => {
  const { client, connection } = await talk({ setup: { tools: [TOOL] } });
  connection.say({ toolCall: { functionCalls: [{ id: 'c', ...CALL }] } });
  connection.say({ serverContent: { turnComplete: true } });
  await client.message((m) => m.serverContent?.turnComplete, 'the empty end');
  await client.send({
    toolResponse: { functionResponses: [{ id: 'c', name: 'set_light', response: { ok: true } }] },
  });
  await model.until(() => connection.messages.some((m) => m.toolResponse));
  const from = client.messages.length;
  connection.reply();
  await client.message((m) => m.serverContent?.turnComplete, 'the reaction', from);
  assert.ok(client.messages.slice(from).some((m) => m.serverContent?.modelTurn));
  client.close();
});

test('row 38: an update takes the tools away for good and interrupts nobody', async () => {
  const { client, connection } = await talk({ setup: { tools: [TOOL] } });
  connection.play(960);
  await client.message((m) => m.serverContent?.modelTurn, 'the reply to begin');
  const update = { contextUpdate: { tools: { tools: [] } } };
  await client.send(update);
  await model.until(() => connection.messages.some((m) => m.contextUpdate));
  assert.deepEqual(
    connection.messages.find((m) => m.contextUpdate),
    update,
  );
  connection.play(960);
  connection.say({ serverContent: { generationComplete: true } });
  connection.say({ serverContent: { turnComplete: true } });
  await client.message((m) => m.serverContent?.turnComplete, 'the end of the reply');
  assert.equal(client.messages.filter((m) => m.serverContent?.modelTurn).length, 2);
  assert.ok(client.messages.every((m) => !m.serverContent?.interrupted));
  const next = model.connections.length;
  connection.say({ sessionResumptionUpdate: { newHandle: 'h-38', resumable: true } });
  connection.socket.terminate();
  await within(
    model.until(() => model.connections[next]?.setup),
    'the next connection',
  );
  assert.deepEqual(model.connections[next].setup.tools ?? [], []);
  client.close();
});

test('row 52: of pictures that come faster than one a second the newest goes', async () => {
  const { client, connection } = await talk();
  const jpeg = (i) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(27, i)]);
  const pictures = Array.from({ length: 10 }, (_, i) => jpeg(i).toString('base64'));
  for (const data of pictures) {
    await client.send({ realtimeInput: { video: { mimeType: 'image/jpeg', data } } });
  }
  const shown = () => connection.messages.map((m) => m.realtimeInput?.video?.data).filter(Boolean);
  await within(
    model.until(() => shown().length === 2),
    'the second picture',
  );
  assert.deepEqual(shown(), [pictures[0], pictures[9]]);
  client.close();
});

test('row 53: the chunks of old clients go on as what they are', async () => {
  const { client, connection } = await talk({
    setup: { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } },
  });
  await client.send({ realtimeInput: { activityStart: {} } });
  const sound = Buffer.alloc(640, 3);
  await client.send({
    realtime_input: {
      media_chunks: [
        { mime_type: 'audio/pcm;rate=16000', data: sound.toString('base64') },
        { mime_type: 'image/jpeg', data: '/9j/4AAQ' },
      ],
    },
  });
  await client.send({ realtimeInput: { activityEnd: {} } });
  await model.until(() => connection.messages.some((m) => m.realtimeInput?.activityEnd));
  const inputs = connection.messages.map((m) => m.realtimeInput).filter(Boolean);
  assert.ok(inputs.every((input) => !input.mediaChunks && !input.media_chunks));
  const heard = inputs.map((input) => Buffer.from(input.audio?.data ?? '', 'base64'));
  assert.deepEqual(Buffer.concat(heard), sound);
  assert.deepEqual(
    inputs.filter((input) => input.video).map((input) => input.video),
    [{ mimeType: 'image/jpeg', data: '/9j/4AAQ' }],
  );
  await client.send(audio(silent(20)));
  await isRead(client, connection);
  assert.equal(client.closed, null);
  client.close();
});
