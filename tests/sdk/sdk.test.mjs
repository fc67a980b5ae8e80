// The official Live API SDK, unmodified: only its base URL is ours. It speaks, is understood, has
// its tool called, answers, hears the reply, cuts in, and leaves.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { require, serve, within } from '../lib/livegate.mjs';
import { play, silence, speak } from '../lib/speech.mjs';

const { GoogleGenAI, Modality, Type } = require('@google/genai');

const SET_LIGHT = {
  name: 'set_light',
  description: 'Sets a lamp of the house.',
  parameters: {
    type: Type.OBJECT,
    properties: {
      room: { type: Type.STRING, enum: ['living_room', 'kitchen', 'bedroom', 'hall'] },
      on: { type: Type.BOOLEAN },
      brightness: { type: Type.INTEGER, minimum: 0, maximum: 100 },
    },
    required: ['room'],
  },
};

let gateway;
before(async () => {
  gateway = await serve('sdk', ['--upstream', 'offline']);
});
after(async () => {
  assert.equal(await gateway.stop(), 0);
});

/** A live session whose messages can be waited for. */
async function connect(options = {}) {
  const messages = [];
  const waiting = [];
  let closed = null;
  const settle = () => {
    for (const wait of [...waiting]) {
      const found = messages.slice(wait.from).find(wait.find);
      if (!found) continue;
      waiting.splice(waiting.indexOf(wait), 1);
      wait.resolve(found);
    }
  };
  const ai = new GoogleGenAI({
    apiKey: 'test-key-for-the-sdk-41d8',
    httpOptions: { baseUrl: gateway.http, ...options.httpOptions },
  });
  const session = await within(
    ai.live.connect({
      model: 'gemini-3.8-live',
      config: {
        responseModalities: [Modality.AUDIO],
        inputAudioTranscription: {},
        outputAudioTranscription: {},
        tools: [{ functionDeclarations: [SET_LIGHT] }],
        ...options.config,
      },
      callbacks: {
        onmessage: (message) => {
          messages.push(message);
          settle();
        },
        onclose: (event) => (closed = event),
      },
    }),
    'the SDK to connect',
  );
  return {
    session,
    messages,
    get closed() {
      return closed;
    },
    /** The first message from number `from` on that fits. */
    until(find, what, from = 0) {
      return within(
        new Promise((resolve) => {
          waiting.push({ find, from, resolve });
          settle();
        }),
        what,
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

test('spoken command, transcription, tool call, its answer, reply, barge-in, close', async () => {
  const live = await connect();

  await live.say(Buffer.concat([silence(300), speak('dim the living room lights'), silence(900)]));
  const { toolCall } = await live.until((m) => m.toolCall, 'the tool call');
  assert.equal(live.transcript('inputTranscription').trim(), 'dim the living room lights');
  const [call] = toolCall.functionCalls;
  assert.equal(call.name, 'set_light');
  assert.equal(call.args.room, 'living_room');
  assert.ok(call.args.brightness > 0 && call.args.brightness < 100, JSON.stringify(call.args));
  assert.equal(live.audioBytes(), 0, 'nothing is claimed before the tool has answered');

  live.session.sendToolResponse({
    functionResponses: [{ id: call.id, name: call.name, response: { ok: true } }],
  });
  await live.until((m) => m.serverContent?.turnComplete, 'the end of the reply');
  assert.ok(live.audioBytes() > 24000, `${live.audioBytes()} bytes of reply`);
  assert.match(live.transcript('outputTranscription'), /living room/i);

  // A long reply, and the person cuts in.
  const before = live.messages.length;
  await live.say(Buffer.concat([speak('tell me a story'), silence(900)]));
  await live.until((m) => m.data, 'the story to begin', before);
  const cut = live.messages.length;
  await live.say(Buffer.concat([speak('dim the living room lights'), silence(900)]));
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
  await within(
    new Promise((resolve) => {
      const look = () => (live.closed ? resolve() : setImmediate(look));
      look();
    }),
    'the close',
  );
});

test('speech outside its vocabulary is refused in words and calls no tool', async () => {
  const live = await connect();
  await live.say(
    Buffer.concat([
      silence(300),
      speak('the committee adjourned without a decision on Thursday'),
      silence(900),
    ]),
  );
  await live.until((m) => m.serverContent?.turnComplete, 'the refusal');
  assert.match(live.transcript('outputTranscription'), /I can only/);
  assert.equal(live.messages.filter((m) => m.toolCall).length, 0);
  live.session.close();
});

test('a typed turn is answered', async () => {
  const live = await connect();
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
    const live = await connect({ httpOptions: { apiVersion } });
    live.session.close();
  }
  const behindPrefix = await connect({ httpOptions: { baseUrl: `${gateway.http}/proxy` } });
  behindPrefix.session.close();
});

test('activity that the client marks itself is respected', async () => {
  const live = await connect({
    config: { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } },
  });
  live.session.sendRealtimeInput({ activityStart: {} });
  await live.say(Buffer.concat([silence(200), speak('dim the living room lights'), silence(200)]));
  live.session.sendRealtimeInput({ activityEnd: {} });
  const { toolCall } = await live.until((m) => m.toolCall, 'the tool call');
  assert.equal(toolCall.functionCalls[0].args.room, 'living_room');
  live.session.close();
});
