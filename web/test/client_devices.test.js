// @ts-check
// How the client joins the microphone and the loudspeaker, and passes settings on.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { FakeMicrophone, FakeSocket, FakeSpeaker, page, settle } from './client_fakes.js';

/** Devices that can be joined, and what was given to them. */
function joinable() {
  const given = { speaker: /** @type {any[]} */ ([]), microphone: /** @type {any[]} */ ([]) };
  const speaker = Object.assign(new FakeSpeaker(), {
    connectMicrophone: (/** @type {MessagePort} */ port) => given.speaker.push(port),
  });
  const settings = /** @type {any[]} */ ([]);
  const microphone = Object.assign(new FakeMicrophone(), {
    settings,
    connectSpeaker: (/** @type {MessagePort} */ port) => given.microphone.push(port),
    configure: async (/** @type {any} */ wanted) => settings.push(wanted),
    devices: async () => [{ deviceId: 'd', label: 'Desk' }],
  });
  const close = () => [...given.speaker, ...given.microphone].forEach((port) => port.close());
  return { given, speaker, microphone, close };
}

test('once both are open, each worklet gets an end of one channel', async () => {
  const { given, speaker, microphone, close } = joinable();
  const { client } = page({ speaker, microphone });
  client.start();
  FakeSocket.last.ready();
  await settle();
  assert.equal(given.speaker.length, 1);
  assert.equal(given.microphone.length, 1);
  const heard = new Promise((resolve) => {
    given.speaker[0].onmessage = (/** @type {MessageEvent} */ { data }) => resolve(data);
  });
  given.microphone[0].postMessage({ type: 'onset', at: 1 });
  assert.deepEqual(await heard, { type: 'onset', at: 1 });
  client.setMuted(true);
  client.setMuted(false);
  await settle();
  assert.equal(given.speaker.length, 1, 'muting changes no wiring');
  close();
});

test('a microphone that comes back gets a new channel, one in text none', async () => {
  const { given, speaker, microphone, close } = joinable();
  const { client } = page({ speaker, microphone });
  client.start({ microphone: false });
  FakeSocket.last.ready();
  await settle();
  assert.equal(given.speaker.length, 0);
  await client.openMicrophone();
  await settle();
  microphone.lose();
  await client.openMicrophone();
  await settle();
  assert.equal(given.speaker.length, 2);
  assert.equal(given.microphone.length, 2);
  close();
});

test('settings go to the microphone, open or not, and change no wiring', async () => {
  const { given, speaker, microphone, close } = joinable();
  const { client } = page({ speaker, microphone });
  await client.configureMicrophone({ deviceId: 'd' });
  client.start();
  await settle();
  await client.configureMicrophone({ echoCancellation: false });
  await settle();
  assert.deepEqual(microphone.settings, [{ deviceId: 'd' }, { echoCancellation: false }]);
  assert.equal(given.microphone.length, 1);
  assert.deepEqual(await client.microphones(), [{ deviceId: 'd', label: 'Desk' }]);
  close();
});

test('settings that the browser refuses are a problem, not an exception', async () => {
  const { speaker, microphone, close } = joinable();
  microphone.configure = async () => {
    throw Object.assign(new Error('gone'), { code: 'microphone_missing' });
  };
  const { client, problems } = page({ speaker, microphone });
  client.start();
  await settle();
  await client.configureMicrophone({ deviceId: 'x' });
  assert.deepEqual(problems(), ['microphone_missing']);
  close();
});

test('devices that know nothing of all this are good enough', async () => {
  const { client, problems } = page();
  client.start();
  FakeSocket.last.ready();
  await settle();
  await client.configureMicrophone({ deviceId: 'x' });
  assert.deepEqual(await client.microphones(), []);
  assert.equal(client.microphoneState, 'on');
  assert.deepEqual(problems(), []);
});

test('without a loudspeaker that opens, the microphone works on its own', async () => {
  const { given, speaker, microphone, close } = joinable();
  speaker.open = () => Promise.reject(new Error('no sound card'));
  const { client, problems } = page({ speaker, microphone });
  client.start();
  FakeSocket.last.ready();
  await settle();
  assert.deepEqual(problems(), ['speaker_failed']);
  assert.equal(client.microphoneState, 'on');
  assert.ok(given.microphone.length <= 1);
  close();
});

test('fifty conversations leave no timer, no open socket and no open microphone', async () => {
  const { client, microphone, timers } = page();
  for (let round = 0; round < 50; round++) {
    client.start();
    FakeSocket.last.ready();
    await settle();
    const stopped = client.stop();
    FakeSocket.last.drops(1000);
    await stopped;
  }
  assert.deepEqual(timers(), []);
  assert.equal(
    FakeSocket.all.filter((socket) => /** @type {any} */ (socket).readyState < 3).length,
    0,
  );
  assert.equal(microphone.opened, 50);
  assert.equal(microphone.closed, 50);
});

test('a token may come later; a stop in between leaves nothing behind', async () => {
  let mint = (/** @type {string} */ _token) => {};
  const token = () =>
    new Promise((resolve) => {
      mint = resolve;
    });
  const { client, timers } = page({ token });
  const started = client.start();
  assert.equal(FakeSocket.all.length, 0);
  mint('late');
  await settle();
  assert.deepEqual(/** @type {any} */ (FakeSocket.last).protocols, ['livegate.v1', 'bearer.late']);
  FakeSocket.last.ready();
  assert.equal(await started, 'ready');
  client.stop();
  FakeSocket.last.drops(1000);
  client.start();
  client.stop();
  mint('later');
  await settle();
  assert.equal(FakeSocket.all.length, 1);
  assert.deepEqual(timers(), []);
});

test('who mints no token the first time ends it; later, it is tried again', async () => {
  let refuse = true;
  const token = async () => {
    if (refuse) throw new Error('not logged in');
    return 't';
  };
  const { client, pass } = page({ token });
  assert.equal(await client.start(), 'failed');
  assert.equal(client.failure?.code, 'bad_token');
  refuse = false;
  client.start();
  await settle();
  FakeSocket.last.ready();
  refuse = true;
  FakeSocket.last.drops();
  pass(500);
  await settle();
  assert.equal(client.state, 'reconnecting');
  refuse = false;
  pass(1000);
  await settle();
  FakeSocket.last.ready();
  assert.equal(client.state, 'ready');
});
