// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { FakeMicrophone, FakeSocket, FakeSpeaker, page, settle } from './client_fakes.js';

test('a conversation goes from idle over connecting and ready to closed', async () => {
  const { client, states } = page({ token: () => 't0k', tools: [{ name: 'set_light' }] });
  assert.equal(client.state, 'idle');
  const started = client.start();
  assert.deepEqual(/** @type {any} */ (FakeSocket.last).protocols, ['livegate.v1', 'bearer.t0k']);
  FakeSocket.last.ready();
  assert.equal(await started, 'ready');
  assert.deepEqual(FakeSocket.last.sent[0], {
    type: 'start',
    rate: 16000,
    tools: [{ name: 'set_light' }],
    client: 'livegate-web',
  });
  const stopped = client.stop();
  assert.equal(client.state, 'closed');
  assert.equal(FakeSocket.last.said('stop').length, 1);
  FakeSocket.last.drops(1000);
  await stopped;
  assert.deepEqual(states(), ['connecting', 'ready', 'closed']);
});

test('start and stop are idempotent', async () => {
  const { client, microphone } = page();
  const [one, two] = [client.start(), client.start()];
  FakeSocket.last.ready();
  assert.deepEqual(await Promise.all([one, two, client.start()]), ['ready', 'ready', 'ready']);
  assert.equal(FakeSocket.all.length, 1);
  assert.equal(microphone.opened, 1);
  const stops = [client.stop(), client.stop()];
  FakeSocket.last.drops(1000);
  await Promise.all(stops);
  await client.stop();
  assert.equal(FakeSocket.last.said('stop').length, 1);
});

test('a start during a stop begins anew and hears nothing of the old conversation', async () => {
  const { client, speaker, problems } = page();
  client.start();
  const old = FakeSocket.last;
  old.ready();
  const stopped = client.stop();
  const started = client.start();
  assert.equal(client.state, 'connecting');
  old.says({ type: 'turn_started', turn: 1 });
  old.plays(480);
  old.drops(1000);
  await stopped;
  assert.equal(client.state, 'connecting');
  FakeSocket.last.ready();
  assert.equal(await started, 'ready');
  assert.equal(FakeSocket.all.length, 2);
  assert.deepEqual(
    speaker.log.filter(([what]) => what === 'push'),
    [],
  );
  assert.deepEqual(problems(), []);
});

test('a stop during a start settles that start as closed and releases the microphone', async () => {
  const { client, microphone } = page();
  const started = client.start();
  await client.stop();
  assert.equal(await started, 'closed');
  assert.equal(client.state, 'closed');
  assert.equal(FakeSocket.last.readyState, 3);
  assert.ok(microphone.closed > 0);
});

test('a gateway that does not close after stop is left after two seconds', async () => {
  const { client, pass, timers } = page();
  client.start();
  FakeSocket.last.ready();
  const stopped = client.stop();
  pass(2000);
  await stopped;
  assert.equal(FakeSocket.last.readyState, 3);
  assert.deepEqual(timers(), []);
});

test('audio belongs to the turn that was started last, and interrupted flushes it at once', () => {
  const { client, speaker } = page();
  client.start();
  const gate = FakeSocket.last;
  gate.ready();
  gate.plays(100);
  gate.says({ type: 'turn_started', turn: 1 });
  gate.plays(240);
  gate.says({ type: 'interrupted', turn: 1 });
  gate.says({ type: 'turn_started', turn: 2 });
  gate.plays(480);
  gate.says({ type: 'generation_complete', turn: 2 });
  assert.deepEqual(speaker.log, [
    ['reset', 1],
    ['push', 1, 480],
    ['flush', 1],
    ['push', 2, 960],
    ['end', 2],
  ]);
});

test('a tool call is executed and answered once', async () => {
  const { client } = page({
    onToolCall: (/** @type {string} */ name, /** @type {any} */ args) => ({
      result: { name, args },
    }),
  });
  client.start();
  const gate = FakeSocket.last;
  gate.ready();
  gate.says({ type: 'tool_call', turn: 1, id: 'c1', name: 'set_light', args: { room: 'hall' } });
  gate.says({ type: 'tool_call', turn: 1, id: 'c1', name: 'set_light', args: { room: 'hall' } });
  await settle();
  assert.deepEqual(gate.said('tool_result'), [
    { type: 'tool_result', id: 'c1', result: { name: 'set_light', args: { room: 'hall' } } },
  ]);
});

test('a tool that throws is answered with its error, and a cancelled call not at all', async () => {
  const { client } = page({
    onToolCall: async () => {
      throw new Error('the lamp is broken');
    },
  });
  client.start();
  const gate = FakeSocket.last;
  gate.ready();
  gate.says({ type: 'tool_call', turn: 1, id: 'c1', name: 'x' });
  gate.says({ type: 'tool_call', turn: 1, id: 'c2', name: 'x' });
  gate.says({ type: 'tool_cancelled', id: 'c2' });
  await settle();
  assert.deepEqual(gate.said('tool_result'), [
    { type: 'tool_result', id: 'c1', error: 'the lamp is broken' },
  ]);
});

test("a tool's answer does not reach another session", async () => {
  let finish = (/** @type {any} */ _outcome) => {};
  const { client } = page({
    onToolCall: () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  });
  client.start();
  FakeSocket.last.ready();
  FakeSocket.last.says({ type: 'tool_call', turn: 1, id: 'c1', name: 'x' });
  client.stop();
  client.start();
  FakeSocket.last.ready();
  finish({ result: {} });
  await settle();
  assert.deepEqual(FakeSocket.last.said('tool_result'), []);
});

test("a fatal error ends the conversation as failed, with the gateway's code", async () => {
  const { client, problems, timers } = page();
  const started = client.start();
  FakeSocket.last.opens();
  FakeSocket.last.says({ type: 'error', code: 'server_full', message: 'Full.', fatal: true });
  FakeSocket.last.drops(1013);
  assert.equal(await started, 'failed');
  assert.equal(client.failure?.code, 'server_full');
  assert.deepEqual(problems(), ['server_full']);
  assert.deepEqual(timers(), []);
});

test('an error that is not fatal is told and changes no state', () => {
  const { client, problems } = page();
  client.start();
  FakeSocket.last.ready();
  FakeSocket.last.says({ type: 'error', code: 'busy', message: 'Too much.', fatal: false });
  FakeSocket.last.onmessage({ data: '{' });
  assert.deepEqual(problems(), ['busy', 'bad_event']);
  assert.equal(client.state, 'ready');
});

test('a handshake that fails is told apart: away, or refused', async () => {
  for (const [answers, code] of /** @type {const} */ ([
    [false, 'unreachable'],
    [true, 'upgrade_refused'],
  ])) {
    const { client } = page({ probe: async () => answers });
    const started = client.start();
    FakeSocket.last.drops();
    assert.equal(await started, 'failed');
    assert.equal(client.failure?.code, code);
  }
});

test('a token that no handshake can carry fails before anything is sent', async () => {
  const { client } = page({ token: () => 'a b' });
  assert.equal(await client.start(), 'failed');
  assert.equal(client.failure?.code, 'bad_token');
  assert.equal(FakeSocket.all.length, 0);
});

test('a lost connection is tried again after growing pauses, and given up', async () => {
  const { client, events, pass, problems } = page();
  client.start();
  FakeSocket.last.ready();
  FakeSocket.last.drops();
  assert.equal(client.state, 'reconnecting');
  for (let sockets = 2; sockets <= 9; sockets++) {
    pass(30_000);
    assert.equal(FakeSocket.all.length, sockets);
    FakeSocket.last.drops();
  }
  const pauses = events
    .filter(([name]) => name === 'reconnecting')
    .map(([, detail]) => detail.retry_in_ms);
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  assert.equal(client.state, 'failed');
  assert.deepEqual(problems(), ['connection_lost']);
});

test('who does not want to wait for the next try makes it now', () => {
  const { client, pass } = page();
  client.start();
  FakeSocket.last.ready();
  FakeSocket.last.drops();
  client.tryNow();
  assert.equal(FakeSocket.all.length, 2);
  client.tryNow();
  pass(5_000);
  assert.equal(FakeSocket.all.length, 2, 'one try at a time');
  FakeSocket.last.ready();
  assert.equal(client.state, 'ready');
});

test('after a reconnection the new session is clean and the microphone stays', async () => {
  const { client, speaker, microphone, pass, events } = page();
  client.start();
  FakeSocket.last.ready();
  await settle();
  client.setMuted(true);
  assert.equal(FakeSocket.last.said('mute').length, 1);
  FakeSocket.last.drops();
  pass(500);
  FakeSocket.last.ready();
  assert.equal(client.state, 'ready');
  assert.equal(FakeSocket.last.said('mute').length, 1);
  assert.deepEqual(speaker.log.at(-1), ['reset', 2]);
  assert.deepEqual(events.at(-1), ['reconnected', { by: 'page', resumed: false }]);
  assert.equal(microphone.opened, 1);
});

test('while the gateway reconnects upstream, the page keeps sending', async () => {
  const { client, microphone, states } = page();
  client.start();
  const gate = FakeSocket.last;
  gate.ready();
  await settle();
  gate.says({ type: 'reconnecting', reason: 'lost', attempt: 1, retry_in_ms: 100 });
  microphone.speak(new ArrayBuffer(640), 0.1);
  gate.says({ type: 'reconnected', resumed: true, dropped_ms: 0 });
  assert.equal(gate.sent.filter((message) => message instanceof ArrayBuffer).length, 1);
  assert.deepEqual(states(), ['connecting', 'ready', 'reconnecting', 'ready']);
});

test('a gateway that drains is left for another try; one that says bye is not', async () => {
  const drained = page();
  drained.client.start();
  FakeSocket.last.ready();
  FakeSocket.last.says({ type: 'bye', reason: 'draining' });
  FakeSocket.last.drops(1001);
  assert.equal(drained.client.state, 'reconnecting');
  const ended = page();
  ended.client.start();
  FakeSocket.last.ready();
  FakeSocket.last.says({ type: 'bye', reason: 'time_limit' });
  FakeSocket.last.drops(1000);
  assert.equal(ended.client.state, 'closed');
});

test('audio flows only while ready and unmuted, and never piles up in the socket', async () => {
  const { client, microphone } = page();
  client.start();
  const gate = FakeSocket.last;
  await settle();
  const packet = new ArrayBuffer(640);
  microphone.speak(packet, 0.1);
  gate.ready();
  microphone.speak(packet, 0.1);
  client.setMuted(true);
  microphone.speak(packet, 0.1);
  client.setMuted(false);
  /** @type {any} */ (gate).bufferedAmount = 200_000;
  microphone.speak(packet, 0.1);
  assert.equal(gate.sent.filter((message) => message instanceof ArrayBuffer).length, 1);
  assert.equal(client.packetsDropped, 1);
});

test('without a microphone the conversation goes on in text', async () => {
  const refused = new FakeMicrophone('microphone_refused');
  const { client, problems } = page({ microphone: refused });
  client.start();
  FakeSocket.last.ready();
  await settle();
  assert.deepEqual(problems(), ['microphone_refused']);
  assert.equal(client.microphoneState, 'off');
  assert.equal(client.state, 'ready');
  assert.equal(client.sendText('hello'), true);
  assert.deepEqual(FakeSocket.last.said('text'), [{ type: 'text', text: 'hello' }]);
});

test('a loudspeaker that cannot be opened is told while it matters', async () => {
  const broken = Object.assign(new FakeSpeaker(), {
    open: () => Promise.reject(Object.assign(new Error('no worklet'), { code: 20 })),
  });
  const { client, problems } = page({ speaker: broken });
  client.start();
  FakeSocket.last.ready();
  await settle();
  assert.deepEqual(problems(), ['speaker_failed']);
  assert.equal(client.state, 'ready');
  client.stop();
  client.start();
  client.stop();
  await settle();
  assert.deepEqual(problems(), ['speaker_failed']);
});

test('a microphone that is unplugged is told and can be opened again', async () => {
  const { client, microphone, problems } = page();
  client.start();
  FakeSocket.last.ready();
  await settle();
  microphone.lose();
  assert.deepEqual(problems(), ['microphone_lost']);
  await client.openMicrophone();
  assert.equal(client.microphoneState, 'on');
});

test('what was really played is reported five times a second, and at the end at once', () => {
  const { client, speaker, pass } = page();
  client.start();
  FakeSocket.last.ready();
  const played = (/** @type {number} */ samples, cause = 'tick') =>
    speaker.onReport({ session: 1, cause, played: samples });
  pass(1000);
  for (let tick = 1; tick <= 10; tick++) {
    pass(100);
    played(2400 * tick);
  }
  played(24100, 'silent');
  played(24100, 'silent');
  speaker.onReport({ session: 0, cause: 'silent', played: 99 });
  const reports = FakeSocket.last.said('playback').map((message) => message.samples);
  assert.deepEqual(reports, [2400, 7200, 12000, 16800, 21600, 24100]);
});

test('interrupt silences here and tells the gateway', () => {
  const { client, speaker } = page();
  client.start();
  FakeSocket.last.ready();
  FakeSocket.last.says({ type: 'turn_started', turn: 4 });
  client.interrupt();
  assert.deepEqual(speaker.log.at(-1), ['flush', 4]);
  assert.equal(FakeSocket.last.said('interrupt').length, 1);
});

test('a gateway that answers no ping for 15 s is given up and tried anew', () => {
  const { client, pass } = page();
  client.start();
  const gate = FakeSocket.last;
  gate.ready();
  for (let ping = 1; ping <= 6; ping++) {
    gate.says({ type: 'pong', id: ping });
    pass(5000);
  }
  assert.equal(client.state, 'ready');
  pass(20_000);
  assert.equal(gate.readyState, 3);
  assert.ok(FakeSocket.all.length > 1);
});

test('a gateway that takes the connection and says nothing fails after 30 s', async () => {
  const { client, pass } = page();
  const started = client.start();
  FakeSocket.last.opens();
  pass(30_000);
  assert.equal(await started, 'failed');
  assert.equal(client.failure?.code, 'no_answer');
});
