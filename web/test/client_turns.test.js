// @ts-check
// What the client tells of a turn: its timeline, its barge-ins, its clock.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { CLIENT_EVENTS } from '../lib/client_events.js';
import { FakeSocket, page, settle } from './client_fakes.js';

const NEWS = ['timeline', 'barge_in', 'clock', 'round_trip', 'level', 'playback', 'first_audio'];
const MORE = [...NEWS, 'interrupted', 'generation_complete', 'turn_complete'];

function begun(options = {}) {
  const world = page(options, MORE);
  world.client.start();
  const gate = FakeSocket.last;
  gate.ready();
  return { ...world, gate };
}

/** A gateway whose session clock is 7000 ms ahead answers the open ping. */
function pongs(/** @type {FakeSocket} */ gate, /** @type {number} */ atMs) {
  gate.says({ type: 'pong', id: gate.said('ping').at(-1).id, at_ms: atMs });
}

test('a pong puts the session clock beside that of the page, and says how sure that is', () => {
  const { gate, told, pass } = begun();
  pass(30);
  pongs(gate, 7015);
  assert.deepEqual(told('clock'), [{ offset_ms: 7000, round_trip_ms: 30, error_ms: 15 }]);
  assert.deepEqual(told('round_trip'), [{ ms: 30 }]);
});

test('the first pings follow each other closely, later ones do not', () => {
  const { gate, pass } = begun();
  let pings = [];
  for (let ms = 0; ms < 20_000; ms += 10) {
    if (gate.said('ping').length > pings.length) {
      pings.push(ms);
      pongs(gate, 7000 + ms);
    }
    pass(10);
  }
  assert.deepEqual(
    pings.slice(1).map((at, index) => at - pings[index]),
    [500, 500, 500, 500, 5000, 5000, 5000],
  );
});

test('a turn becomes an entry: first with the gateway account, then with its sound', () => {
  const { client, speaker, gate, told, pass } = begun();
  pass(4);
  pongs(gate, 7002);
  pass(996); // the page's clock stands at 1000, the session's at 8000
  gate.says({ type: 'turn_started', turn: 1 });
  gate.plays(4800);
  pass(10);
  const timeline = {
    ...{ speech_ended: 7200, decided: 7700, sent: 7700 },
    ...{ first_byte: 7990, first_audio: 7990, forwarded: 7991, completed: 8005 },
  };
  gate.says({ type: 'turn_complete', turn: 1, latency: { end_to_end_ms: 791 }, timeline });
  assert.equal(told('timeline').length, 1);
  pass(50);
  speaker.onReport({
    ...{ session: 1, cause: 'started', playing: true, playingTurn: 1, played: 240 },
    ...{ playedOf: [[1, 240]], heard: 0, heardOf: [], time: 3.0, until: 3.01 },
    ...{ at_ms: 1080, latency_ms: 25 },
  });
  const { entry } = told('timeline')[1];
  assert.equal(entry, client.timeline.last);
  assert.deepEqual(
    entry.steps.map((/** @type {any} */ step) => [
      step.name,
      ...[step.from_ms, step.to_ms].map(Math.round),
    ]),
    [
      ['decision', 200, 700],
      ['model', 700, 990],
      ['gateway', 990, 991],
      ['network', 991, 1000],
      ['buffer', 1000, 1055],
      ['speaker', 1055, 1080],
    ],
  );
  assert.equal(Math.round(entry.measures.voice_to_voice_ms), 880);
  speaker.onReport({ session: 1, cause: 'tick', played: 480, playedOf: [[1, 480]] });
  assert.equal(told('timeline').length, 2, 'only the first sound of a turn is news');
});

test('the sound of a second turn that follows without a pause is found in a later report', () => {
  const { client, speaker, gate } = begun();
  for (const turn of [1, 2]) {
    gate.says({ type: 'turn_started', turn });
    gate.plays(4800);
  }
  speaker.onReport({
    ...{ session: 1, cause: 'tick', playing: true, playingTurn: 2, played: 7200 },
    ...{
      playedOf: [
        [1, 4800],
        [2, 2400],
      ],
      at_ms: 500,
      latency_ms: 20,
      time: 1,
      until: 1,
    },
  });
  const [first, second] = client.timeline.entries;
  assert.equal(first.steps.find(({ name }) => name === 'speaker')?.to_ms, 300);
  assert.equal(second.steps.find(({ name }) => name === 'speaker')?.to_ms, 400);
});

test('a speaker that knows little is asked for its delay', () => {
  const { client, speaker, gate, pass } = begun();
  /** @type {any} */ (speaker).outputLatency = 0.03;
  gate.says({ type: 'turn_started', turn: 1 });
  gate.plays(480);
  pass(40);
  speaker.onReport({ session: 1, cause: 'started', played: 24, playedOf: [[1, 24]] });
  assert.deepEqual(
    client.timeline.last?.steps.map(({ name, from_ms: from, to_ms: to }) => [name, from, to]),
    [
      ['buffer', 0, 39],
      ['speaker', 39, 69],
    ],
  );
});

test('a new session has a new clock, of which nothing is known yet', () => {
  const { client, gate, pass } = begun();
  pongs(gate, 7000);
  gate.drops();
  pass(500);
  FakeSocket.last.ready();
  FakeSocket.last.says({ type: 'turn_complete', turn: 1, timeline: { completed: 5 } });
  assert.equal(client.timeline.last?.synced, false);
});

test('the tools of a turn are in its entry', async () => {
  const { client, gate } = begun({ onToolCall: async () => ({ result: 1 }) });
  gate.says({ type: 'tool_call', turn: 1, id: 'c', name: 'set_light' });
  await settle();
  gate.says({ type: 'turn_complete', turn: 1 });
  assert.deepEqual(
    client.timeline.last?.tools.map(({ name }) => name),
    ['set_light'],
  );
});

/** @param {string} cause */
const report = (cause) => ({ session: 1, cause, playingTurn: 3, played: 0, playedOf: [] });

test('a barge-in is lowered, then confirmed once, by the gateway or by hand', () => {
  for (const byHand of [false, true]) {
    const { client, speaker, gate, told } = begun();
    gate.says({ type: 'turn_started', turn: 3 });
    speaker.onReport(report('ducked'));
    speaker.onReport(report('ducked'));
    if (byHand) client.interrupt();
    else gate.says({ type: 'interrupted', turn: 3 });
    speaker.onReport(report('flushed'));
    if (byHand) gate.says({ type: 'interrupted', turn: 3 });
    speaker.onReport(report('silent'));
    assert.deepEqual(told('barge_in'), [
      { state: 'ducked', turn: 3 },
      { state: 'confirmed', turn: 3 },
    ]);
  }
});

test('a cough lowers the reply and lets it come back', () => {
  const { speaker, told } = begun();
  for (const cause of ['ducked', 'restored', 'ducked', 'silent']) speaker.onReport(report(cause));
  assert.deepEqual(
    told('barge_in').map(({ state }) => state),
    ['ducked', 'restored', 'ducked', 'restored'],
  );
});

test('an interruption that only the gateway heard is one; a press of the button is none', () => {
  const { client, gate, told } = begun();
  gate.says({ type: 'turn_started', turn: 3 });
  gate.says({ type: 'interrupted', turn: 3 });
  assert.deepEqual(told('barge_in'), [{ state: 'confirmed', turn: 3 }]);
  gate.says({ type: 'turn_started', turn: 4 });
  client.interrupt();
  gate.says({ type: 'interrupted', turn: 4 });
  assert.equal(told('barge_in').length, 1);
});

test('what was audible is reported, not what was merely rendered', () => {
  const { speaker, gate, pass } = begun();
  pass(1000);
  speaker.onReport({ session: 1, cause: 'tick', played: 2400, heard: 1900, playedOf: [] });
  speaker.onReport({ session: 1, cause: 'heard', played: 2400, heard: 2400, playedOf: [] });
  assert.deepEqual(
    gate.said('playback').map(({ samples }) => samples),
    [1900, 2400],
  );
});

test('fragments carry their place in the sound, and the ends of a reply its length', () => {
  const { gate, speaker, told } = begun();
  gate.says({ type: 'turn_started', turn: 1 });
  gate.says({ type: 'transcript', role: 'model', turn: 1, text: 'a' });
  gate.plays(480);
  gate.says({ type: 'transcript', role: 'model', turn: 1, text: 'b' });
  gate.plays(480);
  gate.says({ type: 'generation_complete', turn: 1 });
  gate.says({ type: 'turn_complete', turn: 1 });
  assert.deepEqual(
    told('transcript').map(({ at }) => at),
    [0, 480],
  );
  assert.equal(told('generation_complete')[0].samples, 960);
  assert.equal(told('turn_complete')[0].samples, 960);
  const ends = speaker.log.filter(([what]) => what === 'end');
  assert.deepEqual(ends, [['end', 1]], 'the speaker is told once');
});

test("the microphone's own detector is passed on, and a plain one stands in for it", async () => {
  const { microphone, told } = begun();
  await settle();
  microphone.speak(new ArrayBuffer(640), 0.1, { speech: true, level_dbfs: -20.5, echo: true });
  microphone.speak(new ArrayBuffer(640), 0.1);
  assert.deepEqual(told('level'), [
    { rms: 0.1, speech: true, level_dbfs: -20.5, echo: true },
    { rms: 0.1, speech: true, level_dbfs: -20, echo: false },
  ]);
});

test('every event that is told is listed, and every listed one once', async () => {
  const { client } = page();
  const told = new Set();
  client.dispatchEvent = (event) => Boolean(told.add(event.type));
  client.start();
  FakeSocket.last.ready();
  FakeSocket.last.says({ type: 'turn_started', turn: 1 });
  FakeSocket.last.plays(10);
  client.stop();
  for (const type of told) assert.ok(CLIENT_EVENTS.includes(type), type);
  assert.ok(told.size >= 4);
  assert.equal(new Set(CLIENT_EVENTS).size, CLIENT_EVENTS.length);
});

test('on() gives the detail itself, and ends when asked to', () => {
  const { client } = page();
  /** @type {string[]} */
  const states = [];
  const off = client.on('state', ({ state }) => states.push(state));
  client.start();
  off();
  client.stop();
  assert.deepEqual(states, ['connecting']);
});
