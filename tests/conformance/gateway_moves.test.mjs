// What a drop-in client is spared: connections to the model that end, and sessions that go on, one
// test per row of README.md. The model is scripted; the gateway is the real one.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient, SETUP } from '../lib/live_client.mjs';
import { serve, within } from '../lib/livegate.mjs';

const KEY = 'test-key-9f2c';
const OPEN = 1;
const HANDLE = (newHandle) => ({ sessionResumptionUpdate: { newHandle, resumable: true } });

let model;
let gateway;
let onSetup; // of the test that runs, where it has one
before(async () => {
  const answer = (connection) => connection.say({ setupComplete: {} });
  model = await startFakeModel({ onSetup: (connection) => (onSetup ?? answer)(connection) });
  gateway = await serve('conformance-moves', ['--upstream', model.url, '--vad', 'energy'], {
    GEMINI_API_KEY: KEY,
  });
});
after(async () => {
  assert.equal(await gateway.stop(), 0);
  model.close();
});

async function talk(setup = {}) {
  const client = new LiveClient(gateway.port);
  await client.start({ setup: { ...SETUP.setup, ...setup } });
  return { client, connection: model.connections.at(-1) };
}

/** The next connection to the model, once it has been set up. */
function nextConnection(from) {
  return within(
    model.until(() => model.connections.slice(from).find((c) => c.setup)),
    'the next connection',
  );
}

/** One typed line and its reply, over whatever connection is there. */
async function isAnswered(client) {
  const from = client.messages.length;
  await client.send({ realtimeInput: { text: 'still there?' } });
  await client.message((m) => m.serverContent?.turnComplete, 'the reply', from);
  assert.equal(client.closed, null);
}

const sawNothing = (client) =>
  client.messages.every((m) => !m.goAway && Object.keys(m.setupComplete ?? {}).length === 0) &&
  client.messages.filter((m) => m.setupComplete).length === 1;

test('row 40: a client goes on with its session by the last handle', async () => {
  const { client, connection } = await talk({ sessionResumption: {} });
  connection.say(HANDLE('h-40'));
  const update = await client.message((m) => m.sessionResumptionUpdate?.newHandle, 'a handle');
  const handle = update.sessionResumptionUpdate.newHandle;
  assert.notEqual(handle, 'h-40', 'the handle of the model opens the model');
  client.socket.close(1000);
  await client.isClosed();
  const from = model.connections.length;
  const again = new LiveClient(gateway.port);
  await again.start({ setup: { ...SETUP.setup, sessionResumption: { handle } } });
  const next = await nextConnection(from);
  assert.equal(next.setup.sessionResumption.handle, 'h-40');
  await isAnswered(again);
  again.close();
});

test('row 41: the old connection is closed before the new one resumes', async () => {
  const { client, connection } = await talk();
  const from = model.connections.length;
  let stateThen;
  onSetup = (next) => {
    stateThen = connection.socket.readyState;
    next.say({ setupComplete: {} });
  };
  connection.say(HANDLE('h-41'));
  connection.say({ goAway: { timeLeft: '50s' } });
  await nextConnection(from);
  onSetup = undefined;
  assert.notEqual(stateThen, OPEN);
  await isAnswered(client);
  client.close();
});

test('row 42: a handle that is refused costs the connection, not the conversation', async () => {
  const { client, connection } = await talk({ outputAudioTranscription: {} });
  await client.send({ realtimeInput: { text: 'My name is Ann.' } });
  await client.message((m) => m.serverContent?.turnComplete, 'the reply');
  connection.play(960);
  connection.say({ serverContent: { outputTranscription: { text: 'Hello Ann.' } } });
  connection.say({ serverContent: { generationComplete: true, turnComplete: true } });
  await client.message((m) => m.serverContent?.outputTranscription, 'the words');
  connection.say(HANDLE('h-42'));
  const from = model.connections.length;
  onSetup = (next) => {
    if (!next.setup.sessionResumption?.handle) return next.say({ setupComplete: {} });
    next.socket.close(1007, 'Request contains an invalid argument.');
  };
  connection.socket.terminate();
  const fresh = await within(
    model.until(() =>
      model.connections.slice(from).find((c) => c.setup && !c.setup.sessionResumption.handle),
    ),
    'a fresh session',
  );
  onSetup = undefined;
  await isAnswered(client);
  assert.match(JSON.stringify(fresh.messages), /Hello Ann\./);
  assert.ok(sawNothing(client), JSON.stringify(client.messages));
  client.close();
});

test('row 43: the end of a connection is moved past unseen', async () => {
  const { client, connection } = await talk();
  const from = model.connections.length;
  connection.say(HANDLE('h-43'));
  connection.say({ goAway: { timeLeft: '50s' } });
  const next = await nextConnection(from);
  assert.equal(next.setup.sessionResumption.handle, 'h-43');
  await isAnswered(client);
  assert.ok(sawNothing(client), JSON.stringify(client.messages));
  client.close();
});

test('row 44: a model that dies in mid-turn is gone on with, and what is said waits', async () => {
  const { client, connection } = await talk();
  connection.say(HANDLE('h-44'));
  connection.play(960);
  await client.message((m) => m.serverContent?.modelTurn, 'the reply to begin');
  const from = model.connections.length;
  connection.socket.close(1011, 'Internal error encountered.');
  await within(
    model.until(() => connection.socket.readyState !== OPEN),
    'the connection to end',
  );
  await isAnswered(client); // said while the model is away, answered when it is back
  const next = model.connections[from];
  assert.equal(next.setup.sessionResumption.handle, 'h-44');
  assert.ok(sawNothing(client), JSON.stringify(client.messages));
  client.close();
});
