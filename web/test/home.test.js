// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Home, ROOMS, TOOLS, roomName, toolWords } from '../page/home.js';
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
  assert.equal(
    words({ speaking: true, microphone: 'muted' }),
    'Speaking. Your microphone is muted.',
  );
  assert.equal(words({ invited: 'Tell me a story' }), 'Now say: “Tell me a story”');
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
    linkWords({
      ...LISTENING,
      state: 'reconnecting',
      retry: { by: 'page', attempt: 4, dueMs: 7200 },
    }),
    'Reconnecting to the gateway, try 4 in 8 s',
  );
  assert.equal(
    linkWords({ ...LISTENING, state: 'reconnecting', retry: { by: 'page', attempt: 1 } }),
    'Reconnecting to the gateway, try 1',
  );
  assert.equal(distanceWords(LISTENING), 'gateway 3 ms away');
  assert.equal(distanceWords({ ...LISTENING, roundTripMs: -1 }), '');
});

test('what a tool did is said in words', () => {
  const home = new Home();
  const said = (/** @type {string} */ name, /** @type {object} */ args) =>
    toolWords(name, home.execute(name, args));
  assert.equal(
    said('set_light', { room: 'living_room', brightness: 30 }),
    'The living room light is on at 30 percent.',
  );
  assert.equal(said('set_light', { room: 'hall', on: false }), 'The hall light is off.');
  assert.equal(said('set_thermostat', { temperature: 24 }), 'The heating is set to 24 degrees.');
  assert.match(said('set_light', { room: 'attic', on: true }), /^That did not work: room must be/);
});
