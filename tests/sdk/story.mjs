// What every voice app must get through the drop-in endpoint, whatever it is written in: one story,
// told in order, each chapter a test.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { speak } from '../lib/speech.mjs';

const MODEL = 'gemini-3.8-live';

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

/** 64 by 48 pixels of blue. */
const JPEG =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmB' +
  'anGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSk' +
  'pKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAwAEADASIAAhEBAxEB/8QAFQABAQAAAAAA' +
  'AAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAT/xAAUEQEA' +
  'AAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCIBYmAAAAAAAAAAAAAAAAAAAAAAf/Z';

export async function connect(app) {
  const from = app.events.length;
  app.tell('connect', { model: MODEL, tool: SET_LIGHT });
  await app.event('open', from);
}

function say(app, words) {
  app.tell('say', { pcm: speak(words).toString('base64') });
}

/** The words of the whole reply from event `from` on: its sound, then the end of its turn. */
async function reply(app, from) {
  const sound = await app.event('audio', from);
  await app.event('done', app.events.indexOf(sound));
  await app.event('said', from);
  return app.words('said', from);
}

/**
 * @param {() => import('./app.mjs').App} started it exists once the tests run
 * @param {() => Awaited<ReturnType<typeof import('./gateway.mjs').startGateway>>} gateway
 * @param {import('./clients.mjs').Habits} habits
 */
export function story(started, gateway, { farewell = true, ...habits }) {
  let app;
  const answer = ({ id, name }) => {
    if (!habits.answers) app.tell('answer', { id, name, response: { ok: true } });
  };

  test('connect', async () => {
    app = started();
    await connect(app);
  });

  test('a spoken command is transcribed and calls the tool', async () => {
    say(app, 'turn on the kitchen lights');
    const call = await app.event('call');
    await app.event('heard');
    assert.equal(app.words('heard'), 'turn on the kitchen lights');
    assert.equal(call.name, 'set_light');
    assert.deepEqual({ ...call.args }, { room: 'kitchen', on: true });
    const before = app.events.slice(0, app.events.indexOf(call));
    assert.ok(!before.some((each) => each.event === 'audio'), 'nothing is claimed before');
  });

  test("the tool's answer is spoken and transcribed", async () => {
    const call = await app.event('call');
    answer(call);
    const words = await reply(app, app.events.indexOf(call));
    assert.ok(app.audioBytes() > 24000, `${app.audioBytes()} bytes of reply`);
    assert.match(words, /kitchen/i);
  });

  test('who cuts in is heard, and nothing of the old reply follows', async () => {
    const from = app.events.length;
    app.tell('type', { text: 'Tell me a story.' });
    await app.event('audio', from);
    say(app, 'dim the living room lights');
    const interrupted = await app.event('interrupted', from);
    const call = await app.event('call', app.events.indexOf(interrupted));
    // The last one: Pipecat tells of one interruption twice, for each way that it goes.
    const after = app.events.lastIndexOf(app.all('interrupted').at(-1));
    const between = app.events.slice(after, app.events.indexOf(call));
    assert.deepEqual(
      between.filter((each) => each.event === 'audio'),
      [],
    );
    assert.equal(call.args.room, 'living_room');
    answer(call);
    await reply(app, app.events.indexOf(call));
  });

  test('a typed turn is answered', async () => {
    const from = app.events.length;
    app.tell('ask', { text: 'What time is it?' });
    assert.match(await reply(app, from), /\bit is\b/i);
  });

  test('a picture is seen', async () => {
    const from = app.events.length;
    app.tell('show', { jpeg: JPEG });
    app.tell('type', { text: 'What time is it?' });
    assert.match(await reply(app, from), habits.picture ?? /picture of 64 by 48/);
  });

  const wayBack = habits.wayBack ?? true;
  test(`a killed connection is ${wayBack ? 'resumed' : 'followed by a new one'}`, async () => {
    if (wayBack && !habits.comesBack) await app.event('handle');
    const from = app.events.length;
    gateway().cut();
    if (!habits.comesBack) {
      await app.event('closed', from);
      await connect(app);
    }
    await gateway().untilCount('livegate_resumes_total{result="accepted"}', wayBack ? 1 : 0);
    await goesOn(app);
  });

  test('close', async () => {
    const from = app.events.length;
    app.tell('close');
    await app.event('closed', from);
    // Without a farewell the gateway cannot know that nobody will come back, and waits for a while.
    const left = farewell ? ['livegate_sessions_open', 0] : ['livegate_sessions_waiting', 1];
    await gateway().untilCount(...left);
    assert.equal(await app.end(), 0);
  });
}

async function goesOn(app) {
  const from = app.events.length;
  app.tell('ask', { text: 'What time is it?' });
  await reply(app, from);
}
