// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Home, ROOMS, TOOLS, roomName } from '../page/home.js';
import { LatencyLog, formatMs } from '../lib/latency.js';
import { NOTHING_HEARD, TranscriptLog, heardParts } from '../lib/transcript.js';
import { distanceWords, linkWords, phaseOf, statusWords } from '../page/status.js';

test('dimming answers with the state that came of it', () => {
  const home = new Home();
  let changes = 0;
  home.addEventListener('change', () => changes++);
  assert.deepEqual(home.execute('set_light', { room: 'living_room', brightness: 30 }), {
    result: { room: 'living_room', on: true, brightness: 30 },
  });
  assert.equal(home.lightOf('living_room'), 0.3);
  assert.equal(changes, 1);
});

test('a lamp that is switched off and on again is as bright as before', () => {
  const home = new Home();
  home.execute('set_light', { room: 'kitchen', brightness: 45 });
  assert.deepEqual(home.execute('set_light', { room: 'kitchen', on: false }), {
    result: { room: 'kitchen', on: false, brightness: 0 },
  });
  assert.equal(home.lightOf('kitchen'), 0);
  assert.deepEqual(home.execute('set_light', { room: 'kitchen', on: true }), {
    result: { room: 'kitchen', on: true, brightness: 45 },
  });
});

test('brightness 0 is off, whatever else is said', () => {
  const home = new Home();
  home.execute('set_light', { room: 'hall', on: true, brightness: 0 });
  assert.equal(home.lightOf('hall'), 0);
  home.execute('set_light', { room: 'hall', on: true });
  assert.equal(home.lightOf('hall'), 0.5);
});

test('the thermostat takes 5 to 30 degrees, to a tenth', () => {
  const home = new Home();
  assert.deepEqual(home.execute('set_thermostat', { temperature: 22.54 }), {
    result: { temperature: 22.5, unit: 'celsius' },
  });
  assert.equal(home.temperature, 22.5);
  for (const temperature of [4.9, 30.1, NaN, '20', null, undefined]) {
    assert.deepEqual(home.execute('set_thermostat', { temperature }), {
      error: 'temperature must be a number from 5 to 30',
    });
  }
  assert.equal(home.temperature, 22.5);
});

test('a call that cannot be carried out changes nothing and names the argument', () => {
  const home = new Home();
  const before = structuredClone(home.lamps);
  home.addEventListener('change', () => assert.fail('nothing changed'));
  const cases = [
    [{ room: 'cellar', on: true }, 'room must be one of living_room, kitchen, bedroom, hall'],
    [{ on: true }, 'room must be one of living_room, kitchen, bedroom, hall'],
    [{ room: 'hall' }, 'on or brightness must be given'],
    [{ room: 'hall', on: 'yes' }, 'on must be true or false'],
    [{ room: 'hall', brightness: 101 }, 'brightness must be a whole number from 0 to 100'],
    [{ room: 'hall', brightness: 2.5 }, 'brightness must be a whole number from 0 to 100'],
    [null, 'the arguments must be an object'],
    [[], 'the arguments must be an object'],
  ];
  for (const [args, error] of cases) assert.deepEqual(home.execute('set_light', args), { error });
  assert.deepEqual(home.lamps, before);
});

test('an argument that is null counts as left out', () => {
  const outcome = new Home().execute('set_light', { room: 'hall', on: null, brightness: 20 });
  assert.deepEqual(outcome, { result: { room: 'hall', on: true, brightness: 20 } });
});

test('an unknown tool is answered with an error', () => {
  assert.deepEqual(new Home().execute('open_door', {}), {
    error: 'this page has no tool called "open_door"',
  });
  assert.ok('error' in new Home().execute('constructor', {}));
});

test('every declared tool can be executed, and every room it names exists', () => {
  const [light, thermostat] = TOOLS;
  for (const room of light.parameters.properties.room?.enum ?? []) {
    assert.ok('result' in new Home().execute(light.name, { room, on: true }), room);
  }
  assert.ok('result' in new Home().execute(thermostat.name, { temperature: 20 }));
  assert.deepEqual(ROOMS.map(roomName), ['living room', 'kitchen', 'bedroom', 'hall']);
});

test('latencies are summed up over the last hundred turns', () => {
  const log = new LatencyLog();
  for (let turn = 1; turn <= 150; turn++) log.record(turn, { end_to_end_ms: turn });
  assert.deepEqual(log.summary('end_to_end_ms'), {
    count: 100,
    average: 100.5,
    p50: 100,
    p95: 145,
  });
  assert.equal(log.summary('first_packet_ms'), null);
});

test("a turn's figures come together from two sides and not from the turn before", () => {
  const log = new LatencyLog();
  log.record(1, { end_to_end_ms: 600, gateway_ms: 0.2 });
  log.record(2, { playback_ms: 95 });
  log.record(2, { first_packet_ms: 90, prompt: 4, decision_ms: -1, continuous_ms: NaN });
  assert.deepEqual(log.last, { playback_ms: 95, first_packet_ms: 90 });
});

test('milliseconds read as people write them', () => {
  assert.deepEqual([0, 0.21, 41, 611.4, 1240].map(formatMs), [
    '0 ms',
    '0.2 ms',
    '41 ms',
    '611 ms',
    '1.24 s',
  ]);
});

test('fragments of one turn and side grow one entry', () => {
  const log = new TranscriptLog();
  log.add('user', 1, 'dim the ');
  log.add('user', 1, 'lights');
  log.add('model', 1, 'Dimming');
  assert.deepEqual(
    log.entries.map((entry) => [entry.role, entry.text]),
    [
      ['user', 'dim the lights'],
      ['model', 'Dimming'],
    ],
  );
});

test('what the person said stands above the reply, even if it is written down later', () => {
  const log = new TranscriptLog();
  log.add('model', 1, 'Yes.');
  log.add('model', 2, 'Dimming');
  log.add('user', 2, 'dim the lights');
  assert.deepEqual(
    log.entries.map((entry) => entry.text),
    ['Yes.', 'dim the lights', 'Dimming'],
  );
});

test('a reply that was cut off says so and takes no more text', () => {
  const log = new TranscriptLog();
  log.add('model', 1, 'Once upon a');
  assert.ok(log.cutOff(1));
  assert.equal(log.add('model', 1, ' time'), null);
  assert.equal(log.entries[0].text, 'Once upon a');
  assert.ok(log.entries[0].cutOff);
  assert.equal(log.cutOff(9), null);
});

test('the transcript keeps its newest 200 entries', () => {
  const log = new TranscriptLog();
  for (let turn = 1; turn <= 300; turn++) log.add('model', turn, 'x');
  assert.equal(log.entries.length, 200);
  assert.equal(log.entries[0].turn, 101);
});

test("a new session's turns are other turns", () => {
  const log = new TranscriptLog();
  log.add('user', 1, 'first');
  log.newSession();
  log.add('user', 1, 'second');
  assert.deepEqual(
    log.entries.map((entry) => entry.text),
    ['first', 'second'],
  );
});

test('a typed line is an entry of its own, above the reply to it', () => {
  const log = new TranscriptLog();
  log.typed('dim the lights');
  log.typed('now');
  log.add('model', 1, 'Dimming');
  assert.deepEqual(
    log.entries.map((entry) => entry.text),
    ['dim the lights', 'now', 'Dimming'],
  );
});

/** @type {import("../page/status.js").Situation} */
const LISTENING = {
  state: 'ready',
  microphone: 'on',
  upstream: 'offline',
  model: 'm',
  roundTripMs: 3,
  retry: null,
  hearing: false,
  waiting: false,
  speaking: false,
};

test('each situation has its words', () => {
  const words = (/** @type {object} */ change) => statusWords({ ...LISTENING, ...change });
  assert.equal(words({}), 'Listening.');
  assert.equal(words({ hearing: true, speaking: true }), 'Hearing you …');
  assert.equal(words({ speaking: true }), 'Speaking. Talk to cut in.');
  assert.equal(words({ speaking: true, microphone: 'off' }), 'Speaking.');
  assert.equal(words({ waiting: true }), 'Thinking …');
  assert.equal(words({ microphone: 'muted' }), 'The microphone is muted.');
  assert.equal(words({ microphone: 'off' }), 'The microphone is off. Type a line to talk.');
  assert.equal(phaseOf({ ...LISTENING, state: 'reconnecting', hearing: true }), 'off');
});

test('the connection is told with whom, and who is away', () => {
  assert.equal(linkWords(LISTENING), 'Connected to offline assistant');
  assert.equal(
    linkWords({ ...LISTENING, upstream: 'gemini', model: 'live-1' }),
    'Connected to live-1',
  );
  assert.equal(
    linkWords({ ...LISTENING, state: 'reconnecting', retry: { attempt: 2 } }),
    'Reconnecting to the model, try 2',
  );
  assert.equal(
    linkWords({ ...LISTENING, state: 'reconnecting', retry: { by: 'page', attempt: 1 } }),
    'Reconnecting to the gateway, try 1',
  );
  assert.equal(distanceWords(LISTENING), 'gateway 3 ms away');
  assert.equal(distanceWords({ ...LISTENING, roundTripMs: -1 }), '');
});

test('a reply is heard as far as its samples were rendered', () => {
  const log = new TranscriptLog();
  log.add('model', 2, 'One. ', 0);
  log.add('model', 2, 'Two. ', 24000);
  const entry = log.add('model', 2, 'Three.', 48000);
  assert.ok(entry);
  const heard = (/** @type {number} */ samples, change = {}) =>
    heardParts(entry, { playing: true, playingTurn: 2, playedOf: [[2, samples]], ...change });
  assert.equal(heardParts(entry, NOTHING_HEARD), 1);
  assert.deepEqual([heard(23999), heard(24000), heard(48000)], [1, 2, 3]);
  assert.equal(heard(60000, { playing: false }), 3);
  assert.equal(heard(24000, { playingTurn: 3 }), 3, 'it sounded to its end before the next began');
  log.cutOff(2);
  assert.equal(heard(24000, { playing: false }), 2, 'what was cut off was never heard');
  assert.equal(heard(24000, { playingTurn: 3 }), 2);
});

test('text that was never to be spoken, and what a person said, is there at once', () => {
  const log = new TranscriptLog();
  const written = log.add('model', 1, 'Written.');
  const spoken = log.add('user', 1, 'Hello.', 0);
  assert.ok(written && spoken);
  assert.deepEqual([heardParts(written, NOTHING_HEARD), heardParts(spoken, NOTHING_HEARD)], [1, 1]);
});
