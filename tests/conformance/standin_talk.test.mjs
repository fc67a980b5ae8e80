// What the Live API promises of turns, speech, tools and resumption, row by row: a client that
// sends its own bytes, and `livegate offline` in the service's place.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { require } from '../lib/livegate.mjs';
import { silence, speak } from '../lib/speech.mjs';
import { KEY, LIGHT, MODEL, OLDER, PROMPT, Talker, lights, standIn } from './standin.mjs';

const TURN_ON = 'turn on the kitchen light';
const BLOCKING = lights('BLOCKING');

let server; // answers at once
let paced; // sends as the service does
let strict; // closes on audio while a blocking call is open
let turnOn; // speech
before(async () => {
  turnOn = speak(TURN_ON);
  const unpaced = PROMPT.slice(0, PROMPT.indexOf('--pace'));
  [server, paced, strict] = await Promise.all([
    standIn('talk'),
    standIn('paced', unpaced),
    standIn('strict', [...PROMPT, '--fault', 'close-on-audio']),
  ]);
});
after(async () => {
  for (const each of [server, paced, strict]) assert.equal(await each.stop(), 0);
});

// Every version of the official SDK that the suites have.
const SDKS = Object.keys(require('./package.json').dependencies).filter((name) =>
  name.includes('genai'),
);
const TALKATIVE = 'what can you do';
const WHOLE_TURN = ['audio', 'generationComplete', 'turnComplete'];
const CALLING_TURN = ['toolCall', 'generationComplete', 'turnComplete'];

/** A reply is under way. */
const sounds = (client, from = 0) =>
  client.message((m) => m.serverContent?.modelTurn, 'audio', from);

/** The person says it; what the server made of it is transcribed. */
async function isHeard(client, pcm, from = 0) {
  await client.says(pcm);
  await client.message((m) => m.serverContent?.inputTranscription, 'a transcription', from);
  return client.transcript('inputTranscription', from);
}

/** Asks for the light and has the call open. */
async function withOpenCall(on, tools, settings = {}) {
  const client = await Talker.with(on, { tools, ...settings });
  await client.types(TURN_ON);
  return { client, call: await client.call() };
}

describe('the stand-in', { concurrency: true }, () => {
  describe('turns', { concurrency: true }, () => {
    it('row 19: a typed line is answered with audio and ends with usage', async () => {
      const client = await Talker.with(server);
      await client.types('hello');
      const end = await client.turnIsOver();
      assert.deepEqual(client.story(), WHOLE_TURN);
      const { serverContent } = await sounds(client);
      assert.equal(serverContent.modelTurn.parts[0].inlineData.mimeType, 'audio/pcm;rate=24000');
      assert.ok(end.usageMetadata.totalTokenCount > 0);
      await client.leaves();
    });

    it('row 20: clientContent without turnComplete waits for more', async () => {
      const client = await Talker.with(server);
      await client.types('hello', false);
      client.socket.ping();
      await client.until(() => client.pongs === 1, 'the pong');
      assert.deepEqual(client.story(), []);
      await client.send({ clientContent: { turnComplete: true } });
      await client.turnIsOver();
      await client.leaves();
    });

    it('row 21: clientContent interrupts a reply', async () => {
      const client = await Talker.with(paced);
      await client.types(TALKATIVE);
      await sounds(client);
      await client.types('hello');
      const cut = await client.message((m) => m.serverContent?.interrupted, 'interrupted');
      await sounds(client, client.messages.indexOf(cut));
      // On a busy machine all of the first reply may have left before the second line comes.
      const story = client.story().filter((kind) => kind !== 'generationComplete');
      assert.deepEqual(story.slice(0, 4), ['audio', 'interrupted', 'turnComplete', 'audio']);
      await client.leaves();
    });

    it('row 28: audio leaves faster than it plays, turnComplete when it has played', async () => {
      const client = await Talker.with(paced);
      await client.types(TALKATIVE);
      await sounds(client);
      const began = performance.now();
      await client.message((m) => m.serverContent?.generationComplete, 'generationComplete');
      const seconds = client.samples() / 24000;
      assert.ok(seconds > 2, `${seconds} s`);
      assert.equal(client.story().includes('turnComplete'), false, 'held back');
      await client.turnIsOver();
      // Never early; how late it is, to the millisecond, is measured in simulated time.
      assert.ok((performance.now() - began) / 1000 > seconds - 1);
      await client.leaves();
    });

    it('row 29: what is said is transcribed in fragments before generationComplete', async () => {
      const client = await Talker.with(server, { outputAudioTranscription: {} });
      await client.types(TALKATIVE);
      await client.turnIsOver();
      const fragments = client.messages.filter((m) => m.serverContent?.outputTranscription);
      assert.ok(fragments.length > 1);
      assert.match(client.transcript('outputTranscription'), /^\w+.* \w+.*[.?!]$/);
      const last = client.messages.indexOf(fragments.at(-1));
      assert.ok(last < client.messages.findIndex((m) => m.serverContent?.generationComplete));
      await client.leaves();
    });

    it('row 31: bare frames come before content, not while 3.8 thinks', async () => {
      const slow = await standIn('thinking', ['--profile', 'all', '--first-audio', '700ms']);
      for (const [model, sends] of [
        [MODEL, true],
        [OLDER, false],
      ]) {
        const client = new Talker(slow);
        await client.start({ setup: { model } });
        await client.types('hello');
        const first = await sounds(client);
        const isBare = (frame) => frame.text === '{}\n';
        const bare = client.frames.filter(isBare);
        assert.equal(bare.length > 0, sends, model);
        if (sends) {
          // The first of them comes with the content, not before it.
          const between = client.messages.slice(0, client.messages.indexOf(first));
          assert.ok(client.frames.slice(0, between.length).filter(isBare).length <= 2);
        }
        await client.leaves();
      }
      assert.equal(await slow.stop(), 0);
    });
  });

  describe('speech', { concurrency: 3 }, () => {
    it('row 22: speech and then silence is transcribed and answered', async () => {
      const client = await Talker.with(server, { inputAudioTranscription: {}, tools: BLOCKING });
      assert.equal(await isHeard(client, turnOn), TURN_ON);
      assert.deepEqual((await client.call()).args, { room: 'kitchen', on: true });
      const activity = client.messages.flatMap((m) => m.voiceActivity?.type ?? []);
      assert.deepEqual(activity, ['ACTIVITY_START', 'ACTIVITY_END']);
      await client.leaves();
    });

    it('row 23: audioStreamEnd flushes what was said before 3.8', async () => {
      const client = await Talker.with(server, {
        model: OLDER,
        realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 5000 } },
      });
      for (let i = 0; i < 2; ++i) {
        const from = client.messages.length;
        client.sendAudio(turnOn); // a whole recording in one message is fine
        await client.send({ realtimeInput: { audioStreamEnd: true } });
        await client.message((m) => m.serverContent?.generationComplete, 'the reply', from);
      }
      await client.leaves();
    });

    it('row 23: on 3.8 audioStreamEnd flushes nothing, and silence does', async () => {
      const client = await Talker.with(server, { inputAudioTranscription: {}, tools: BLOCKING });
      client.sendAudio(turnOn);
      await client.send({ realtimeInput: { audioStreamEnd: true } });
      client.socket.ping(); // its pong is behind whatever the mark might have caused
      await client.until(() => client.pongs === 1, 'the pong');
      const { conversations } = await (await fetch(`${server.http}/stats`)).json();
      const mine = conversations.filter((each) => each.audio_samples === turnOn.length / 2);
      assert.ok(mine.some((each) => each.utterances === 0));
      client.sendAudio(silence(1200));
      assert.deepEqual((await client.call()).args, { room: 'kitchen', on: true });
      await client.leaves();
    });

    it('row 24: speech during a reply interrupts it', async () => {
      const client = await Talker.with(paced);
      await client.types(TALKATIVE);
      await sounds(client);
      const spoken = client.says(turnOn);
      await client.message((m) => m.serverContent?.interrupted, 'interrupted');
      await client.turnIsOver();
      assert.deepEqual(client.story().slice(0, 3), ['audio', 'interrupted', 'turnComplete']);
      await spoken;
      await client.leaves();
    });

    it('row 25: with NO_INTERRUPTION the reply goes on', async () => {
      const client = await Talker.with(paced, {
        realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' },
      });
      await client.types(TALKATIVE);
      await sounds(client);
      client.sendAudio(turnOn);
      await client.turnIsOver();
      assert.deepEqual(client.story().slice(0, 3), WHOLE_TURN);
      await client.leaves();
    });

    it('row 27: with detection off the bracket is one turn, audio outside it is none', async () => {
      const client = await Talker.with(server, {
        inputAudioTranscription: {},
        tools: BLOCKING,
        realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
      });
      client.sendAudio(turnOn);
      await client.send({ realtimeInput: { activityStart: {} } });
      client.sendAudio(turnOn);
      await client.send({ realtimeInput: { activityEnd: {} } });
      await client.call();
      client.sendAudio(turnOn);
      assert.equal(client.transcript('inputTranscription'), TURN_ON, 'once');
      await client.leaves();
    });

    it('row 34: audio while a blocking call is open may close 1008', async () => {
      const { client, call } = await withOpenCall(server, BLOCKING);
      client.sendAudio(Buffer.alloc(640));
      await client.answers(call);
      await client.turnIsOver();
      await client.leaves();
      const refused = await withOpenCall(strict, BLOCKING);
      refused.client.sendAudio(Buffer.alloc(640));
      const closed = await refused.client.isClosed();
      assert.equal(closed.code, 1008);
      assert.equal(closed.reason, 'The operation was aborted.');
    });

    it('row 35: cutting in cancels exactly the open calls; a late answer is ignored', async () => {
      const { client, call } = await withOpenCall(server, BLOCKING);
      const spoken = client.says(turnOn);
      const { toolCallCancellation } = await client.message(
        (m) => m.toolCallCancellation,
        'the cancellation',
      );
      assert.deepEqual(toolCallCancellation.ids, [call.id]);
      await spoken;
      const next = await client.call(client.messages.findIndex((m) => m.toolCallCancellation));
      await client.answers(call);
      await client.answers(next);
      await client.turnIsOver(client.messages.findLastIndex((m) => m.toolCall));
      assert.equal(client.closed, null);
      await client.leaves();
    });
  });

  describe('tools', { concurrency: true }, () => {
    it('row 32: the turn that calls ends, and the answer is another', async () => {
      const { client, call } = await withOpenCall(server, BLOCKING);
      assert.equal(call.name, LIGHT.name);
      assert.match(call.id, /^call_\d+$/);
      await client.turnIsOver();
      const from = client.messages.length;
      await client.answers(call);
      await client.turnIsOver(from);
      assert.deepEqual(client.story(), [...CALLING_TURN, ...WHOLE_TURN]);
      await client.leaves();
    });

    const older = (settings) => ({ model: OLDER, tools: lights('NON_BLOCKING'), ...settings });

    it('row 36: SILENT answers are not spoken of', async () => {
      const { client, call } = await withOpenCall(server, undefined, older());
      await client.turnIsOver();
      const from = client.messages.length;
      await client.answers(call, { result: 'ok' }, { scheduling: 'SILENT' });
      client.socket.ping();
      await client.until(() => client.pongs === 1, 'the pong');
      assert.deepEqual(client.story(from), []);
      await client.leaves();
    });

    it('row 36: WHEN_IDLE waits for the turn, INTERRUPT does not', async () => {
      for (const [scheduling, story] of [
        ['WHEN_IDLE', [...WHOLE_TURN, ...WHOLE_TURN]],
        ['INTERRUPT', ['audio', 'interrupted', 'turnComplete', ...WHOLE_TURN]],
      ]) {
        const { client, call } = await withOpenCall(paced, undefined, older());
        await client.turnIsOver();
        const from = client.messages.length;
        await client.types(TALKATIVE);
        await sounds(client, from);
        await client.answers(call, { result: 'ok' }, { scheduling });
        await client.until(
          () => client.story(from).filter((kind) => kind === 'turnComplete').length === 2,
          'both turns',
        );
        assert.deepEqual(client.story(from), story, scheduling);
        await client.leaves();
      }
    });

    it('row 37: a call that does not block ends its turn too', async () => {
      const { client, call } = await withOpenCall(server, lights());
      await client.turnIsOver();
      assert.deepEqual(client.story(), CALLING_TURN);
      const from = client.messages.length;
      await client.answers(call);
      await client.turnIsOver(from);
      assert.deepEqual(client.story(from), WHOLE_TURN);
      await client.leaves();
    });

    it('row 38: a contextUpdate clears the tools without interrupting', async () => {
      const client = await Talker.with(paced, { tools: BLOCKING });
      await client.types('hello');
      await sounds(client);
      await client.send({ contextUpdate: { tools: { tools: [] } } });
      await client.turnIsOver();
      assert.deepEqual(client.story(), WHOLE_TURN);
      const from = client.messages.length;
      await client.types(TURN_ON);
      await client.message((m) => m.serverContent?.generationComplete, 'the reply', from);
      assert.equal(client.story(from).includes('toolCall'), false);
      await client.leaves();
    });
  });

  describe('coming back', { concurrency: true }, () => {
    it('row 39: handles come between turns, and an empty update while it generates', async () => {
      const client = await Talker.with(server, { sessionResumption: {} });
      await client.types('hello');
      await client.turnIsOver();
      await client.until(
        () => client.messages.filter((m) => m.sessionResumptionUpdate).length === 3,
        'three updates',
      );
      const updates = client.messages.flatMap((m) => m.sessionResumptionUpdate ?? []);
      assert.equal(updates[0].resumable, true);
      assert.match(updates[0].newHandle, /^[0-9a-f-]{36}$/);
      assert.deepEqual(updates[1], {});
      assert.notEqual(updates[2].newHandle, updates[0].newHandle);
      await client.leaves();
    });

    it('row 40: what was said before is known after a resume', async () => {
      const settings = { tools: BLOCKING, sessionResumption: {} };
      const { client, call } = await withOpenCall(server, BLOCKING, settings);
      await client.turnIsOver();
      const from = client.messages.length;
      await client.answers(call);
      await client.turnIsOver(from);
      await client.until(() => client.messages.at(-1).sessionResumptionUpdate, 'a new handle');
      await client.leaves();
      const resumed = await Talker.with(server, {
        ...settings,
        sessionResumption: { handle: client.handle() },
      });
      await resumed.types('turn it off');
      assert.deepEqual((await resumed.call()).args, { room: 'kitchen', on: false });
      await resumed.leaves();
    });
  });

  describe('official SDKs', { concurrency: true }, () => {
    for (const name of SDKS) {
      it(`row 56: ${name} connects, talks, has its tool called and closes`, async () => {
        const { GoogleGenAI } = require(name);
        const ai = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: server.http } });
        const messages = [];
        let wake = () => {};
        const session = await ai.live.connect({
          model: 'gemini-3.8-live',
          config: { tools: BLOCKING, outputAudioTranscription: {} },
          callbacks: {
            onmessage: (message) => {
              messages.push(message);
              wake();
            },
          },
        });
        const until = async (find) => {
          while (!messages.find(find)) await new Promise((resolve) => (wake = resolve));
          return messages.find(find);
        };
        session.sendClientContent({ turns: TURN_ON });
        const { toolCall } = await until((m) => m.toolCall);
        const [{ id, name: called }] = toolCall.functionCalls;
        session.sendToolResponse({
          functionResponses: [{ id, name: called, response: { result: 'ok' } }],
        });
        await until((m) => m.serverContent?.outputTranscription?.text);
        const spoken = messages.length;
        await until((m, i) => i >= spoken && m.serverContent?.turnComplete);
        session.close();
      });
    }

    it('row 46: a token made by the SDK opens a session of the SDK', async () => {
      const { GoogleGenAI } = require('@google/genai');
      const httpOptions = { baseUrl: server.http, apiVersion: 'v1alpha' };
      const { name } = await new GoogleGenAI({ apiKey: KEY, httpOptions }).authTokens.create({
        config: {
          liveConnectConstraints: { model: 'gemini-3.8-live', config: { temperature: 0.5 } },
          lockAdditionalFields: ['tools'],
        },
      });
      const session = await new GoogleGenAI({ apiKey: name, httpOptions }).live.connect({
        model: 'models/nobody-1',
        callbacks: { onmessage: () => {} },
      });
      session.close();
    });
  });
});
