// The official Live API SDK, three generations of it, unmodified: only its base URL is ours, the
// gateway's or the stand-in's. It speaks, is understood, has its tool called, answers, hears the
// reply, cuts in, comes back, is told what is wrong, and leaves.

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { require, serve, startLivegate, within } from '../lib/livegate.mjs';
import { play, silence, speak } from '../lib/speech.mjs';
import { Waiting } from '../lib/waiting.mjs';

/** Nothing takes this long, even where the recogniser shares a processor with a compiler. */
const HUNG_MS = 60_000;
const KEY = 'test-key-for-the-sdk-41d8';
const ALICE = 'alice-token-7c1e';
// The newest of each generation: they differ in the version of the API that they ask for, in what
// connect() waits for, and in how they take a refusal.
const SDKS = { '3.3.0': '@google/genai', '2.32.0': 'genai-2', '1.50.1': 'genai-1' };

const SET_LIGHT = {
  name: 'set_light',
  description: 'Sets a lamp of the house.',
  parameters: {
    type: 'OBJECT',
    properties: {
      room: { type: 'STRING', enum: ['living_room', 'kitchen', 'bedroom', 'hall'] },
      on: { type: 'BOOLEAN' },
      brightness: { type: 'INTEGER', minimum: 0, maximum: 100 },
    },
    required: ['room'],
  },
};

/** Whom the SDKs talk to: any key opens `open`, only `key` opens `locked`. */
const gateway = { name: 'the gateway', key: ALICE };
const standIn = { name: 'the stand-in', key: KEY };
const running = [];
/** The gateway with these lines of configuration. */
function configured(lines) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-test-')), 'gate.toml');
  // On a busy machine the assistant may take seconds to recognise a sentence: it is not stalled.
  writeFileSync(file, `[stall]\nenabled = false\n${lines}`);
  return ['--upstream', 'offline', '--config', file];
}

before(async () => {
  const offline = ['offline', '--listen', '127.0.0.1:0'];
  running.push(
    (gateway.open = await serve('sdk', configured(''))),
    (gateway.locked = await serve(
      'sdk-locked',
      configured(`[auth]\ntokens = { alice = "${ALICE}" }\n`),
    )),
    (standIn.open = await startLivegate('sdk-stand-in', offline)),
    (standIn.locked = await startLivegate(
      'sdk-stand-in-locked',
      [...offline, '--key-env', 'STANDIN_KEY'],
      { STANDIN_KEY: KEY },
    )),
  );
});
after(async () => {
  for (const server of running) assert.equal(await server.stop(), 0);
});

/**
 * A live session whose messages can be waited for.
 * @param {{GoogleGenAI: any}} sdk
 * @param {string} baseUrl
 */
async function connect(sdk, baseUrl, options = {}) {
  const messages = [];
  const waiting = new Waiting();
  let closed;
  const closing = new Promise((resolve) => (closed = resolve));
  const ai = new sdk.GoogleGenAI({
    apiKey: options.apiKey ?? KEY,
    httpOptions: { baseUrl, ...options.httpOptions },
  });
  const session = await within(
    ai.live.connect({
      model: options.model ?? 'gemini-3.8-live',
      config: {
        responseModalities: ['AUDIO'],
        inputAudioTranscription: {},
        outputAudioTranscription: {},
        tools: [{ functionDeclarations: [SET_LIGHT] }],
        ...options.config,
      },
      callbacks: {
        onmessage: (message) => {
          messages.push(message);
          waiting.settle();
        },
        onclose: closed,
      },
    }),
    'the SDK to connect',
  );
  return {
    session,
    messages,
    isClosed: () => within(closing, 'the close'),
    /** The first message from number `from` on that fits. */
    until(find, what, from = 0) {
      return within(
        waiting.found(() => messages.slice(from).find(find)),
        what,
        HUNG_MS,
      );
    },
    say: (pcm) =>
      play(pcm, (frame) =>
        session.sendRealtimeInput({
          audio: { data: frame.toString('base64'), mimeType: 'audio/pcm;rate=16000' },
        }),
      ),
    transcript: (side, from = 0) =>
      messages
        .slice(from)
        .map((m) => m.serverContent?.[side]?.text ?? '')
        .join(''),
    audioBytes: (from = 0) =>
      messages.slice(from).reduce((sum, m) => sum + Buffer.from(m.data ?? '', 'base64').length, 0),
  };
}

/**
 * How a session that must not come about was closed. onclose() has the code in every generation:
 * connect() rejects in the newest, never settles in the one before, and has long resolved in 1.x.
 */
function refusal(sdk, baseUrl, options) {
  return within(
    new Promise((resolve) => {
      const ai = new sdk.GoogleGenAI({
        apiKey: options.apiKey ?? KEY,
        httpOptions: { baseUrl },
      });
      const callbacks = { onmessage: () => {}, onclose: resolve };
      const { model = 'gemini-3.8-live', config = {} } = options;
      ai.live.connect({ model, config, callbacks }).catch(() => {});
    }),
    'the refusal',
  );
}

for (const [version, name] of Object.entries(SDKS)) {
  for (const server of [gateway, standIn]) {
    describe(`@google/genai ${version} at ${server.name}`, { concurrency: true }, () => {
      scenarios(require(name), server);
    });
  }
}

test('speech outside its vocabulary is refused in words and calls no tool', async () => {
  const live = await connect(require('@google/genai'), gateway.open.http);
  await live.say(
    Buffer.concat([
      silence(300),
      speak('the committee adjourned without a decision on Thursday'),
      silence(1200),
    ]),
  );
  await live.until((m) => m.serverContent?.turnComplete, 'the refusal');
  assert.match(live.transcript('outputTranscription'), /I can only/);
  assert.equal(live.messages.filter((m) => m.toolCall).length, 0);
  live.session.close();
});

function scenarios(sdk, server) {
  test('spoken command, transcription, tool call, its answer, reply, barge-in, close', async () => {
    const live = await connect(sdk, server.open.http);

    const command = speak('dim the living room lights');
    await live.say(Buffer.concat([silence(300), command, silence(1200)]));
    const { toolCall } = await live.until((m) => m.toolCall, 'the tool call');
    assert.equal(live.transcript('inputTranscription').trim(), 'dim the living room lights');
    const [call] = toolCall.functionCalls;
    assert.equal(call.name, 'set_light');
    assert.equal(call.args.room, 'living_room');
    assert.ok(call.args.brightness > 0 && call.args.brightness < 100, JSON.stringify(call.args));
    assert.equal(live.audioBytes(), 0, 'nothing is claimed before the tool has answered');

    await live.until((m) => m.serverContent?.turnComplete, 'the end of the turn that calls');
    const answered = live.messages.length;
    live.session.sendToolResponse({
      functionResponses: [{ id: call.id, name: call.name, response: { ok: true } }],
    });
    await live.until((m) => m.serverContent?.turnComplete, 'the end of the reply', answered);
    assert.ok(live.audioBytes() > 24000, `${live.audioBytes()} bytes of reply`);
    assert.match(live.transcript('outputTranscription'), /living room/i);

    // A long reply, and the person cuts in.
    const before = live.messages.length;
    await live.say(Buffer.concat([speak('tell me a story'), silence(1200)]));
    await live.until((m) => m.data, 'the story to begin', before);
    const cut = live.messages.length;
    await live.say(Buffer.concat([speak('dim the living room lights'), silence(1200)]));
    await live.until((m) => m.serverContent?.interrupted, 'the interruption', cut);
    const next = (await live.until((m) => m.toolCall, 'the new command', cut)).toolCall
      .functionCalls[0];
    assert.notEqual(next.id, call.id);
    const interruptedAt = live.messages.findIndex((m) => m.serverContent?.interrupted);
    const toolAt = live.messages.findIndex((m, i) => i > interruptedAt && m.toolCall);
    assert.equal(
      live.messages.slice(interruptedAt + 1, toolAt).filter((m) => m.data).length,
      0,
      'not one sample of the old reply after the interruption',
    );

    live.session.close();
    await live.isClosed();
  });

  test('a typed turn is answered', async () => {
    const live = await connect(sdk, server.open.http);
    live.session.sendClientContent({
      turns: [{ role: 'user', parts: [{ text: 'What time is it?' }] }],
      turnComplete: true,
    });
    await live.until((m) => m.serverContent?.turnComplete, 'the answer');
    assert.ok(live.audioBytes() > 10000);
    live.session.close();
  });

  test('every version of the API that SDKs ask for is served', async () => {
    for (const apiVersion of ['v1', 'v1beta', 'v1alpha']) {
      const live = await connect(sdk, server.open.http, { httpOptions: { apiVersion } });
      live.session.close();
    }
    const behindPrefix = await connect(sdk, `${server.open.http}/proxy`);
    behindPrefix.session.close();
  });

  test('activity that the client marks itself is respected', async () => {
    const live = await connect(sdk, server.open.http, {
      config: { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } },
    });
    live.session.sendRealtimeInput({ activityStart: {} });
    const command = speak('dim the living room lights');
    await live.say(Buffer.concat([silence(200), command, silence(200)]));
    live.session.sendRealtimeInput({ activityEnd: {} });
    const { toolCall } = await live.until((m) => m.toolCall, 'the tool call');
    assert.equal(toolCall.functionCalls[0].args.room, 'living_room');
    live.session.close();
  });

  test('a session is gone on with by its handle', async () => {
    const config = { sessionResumption: {} };
    const first = await connect(sdk, server.open.http, { config });
    first.session.sendClientContent({ turns: 'What time is it?', turnComplete: true });
    await first.until((m) => m.serverContent?.turnComplete, 'the answer');
    const { sessionResumptionUpdate } = await first.until(
      (m) => m.sessionResumptionUpdate?.resumable && m.sessionResumptionUpdate.newHandle,
      'a handle',
    );
    first.session.close();
    await first.isClosed();
    const handle = sessionResumptionUpdate.newHandle;
    const resumed = { sessionResumption: { handle } };
    const second = await connect(sdk, server.open.http, { config: resumed });
    second.session.sendClientContent({ turns: 'What time is it?', turnComplete: true });
    await second.until((m) => m.serverContent?.turnComplete, 'the answer');
    second.session.close();
  });

  test('a token is asked for and used through the SDK', async () => {
    const httpOptions = { apiVersion: 'v1alpha' };
    const baseUrl = server.locked.http;
    const ai = new sdk.GoogleGenAI({
      apiKey: server.key,
      httpOptions: { ...httpOptions, baseUrl },
    });
    const token = await ai.authTokens.create({
      config: { uses: 1, liveConnectConstraints: { model: 'gemini-3.8-live', config: {} } },
    });
    assert.match(token.name, /^auth_tokens\//);
    const live = await connect(sdk, baseUrl, { apiKey: token.name, httpOptions });
    live.session.close();
    await live.isClosed();
  });

  test('a bad key and a modality that no model has are refused in words', async () => {
    const bad = await refusal(sdk, server.locked.http, { apiKey: 'no-key-needed' });
    assert.equal(bad.code, 1007);
    assert.match(bad.reason, /^API key not valid/);
    const text = await refusal(sdk, server.open.http, { config: { responseModalities: ['TEXT'] } });
    assert.equal(text.code, 1007);
    assert.match(text.reason, /\(TEXT\) is not supported by the model/);
  });
}
