// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { EXPORT_FORMAT, EXPORT_VERSION, TurnTimeline } from '../lib/turn_timeline.js';
import { MEASURES, SHARES, STEPS, formatMs } from '../lib/latency.js';

/** The gateway's clock began when the page's stood at 5000. */
const CLOCK = { offset_ms: -5000, error_ms: 2 };
/** A spoken turn on the session clock, as docs/wire-browser.md describes it. */
const SPOKEN = {
  speech_ended: 3000,
  decided: 3500,
  sent: 3500.5,
  first_byte: 3700,
  first_audio: 3710,
  forwarded: 3710.2,
  completed: 6000,
};
const LATENCY = { first_packet_ms: 200, end_to_end_ms: 710, continuous_ms: 41, decision_ms: 500 };

/** @param {import("../lib/turn_timeline.js").Entry | null} entry */
const named = (entry) =>
  Object.fromEntries(
    (entry?.steps ?? []).map(({ name, from_ms, to_ms }) => [name, [from_ms, to_ms]]),
  );

/** @param {import("../lib/turn_timeline.js").Entry | null} entry */
const clamped = (entry) =>
  (entry?.steps ?? []).filter((step) => step.clamped).map(({ name }) => name);

/** @param {object} [event] @param {typeof CLOCK | null} [clock] */
function spokenTurn(event = {}, clock = CLOCK, arrived = 8715, audible = 8800) {
  const timeline = new TurnTimeline();
  timeline.arrived(1, 1, arrived);
  timeline.sounded(1, 1, audible - 20, audible);
  const entry = timeline.completed(
    1,
    { turn: 1, latency: LATENCY, timeline: SPOKEN, ...event },
    clock,
  );
  return { timeline, entry };
}

test('a spoken turn is six steps without a gap, on the clock of the page', () => {
  const { entry } = spokenTurn();
  assert.deepEqual(
    entry.steps.map(({ name }) => name),
    STEPS.map(({ name }) => name),
  );
  assert.deepEqual(named(entry), {
    decision: [8000, 8500],
    model: [8500, 8710],
    gateway: [8710, 8710.2],
    network: [8710.2, 8715],
    buffer: [8715, 8780],
    speaker: [8780, 8800],
  });
  for (let i = 1; i < entry.steps.length; i++)
    assert.equal(entry.steps[i].from_ms, entry.steps[i - 1].to_ms);
  assert.deepEqual(entry.measures, { ...LATENCY, playback_ms: 85, voice_to_voice_ms: 800 });
  assert.deepEqual(clamped(entry), []);
  assert.ok(!entry.typed && !entry.cut_off && entry.complete && entry.synced);
  assert.equal(entry.clock_error_ms, 2);
});

test('the order in which the news comes does not matter', () => {
  const timeline = new TurnTimeline();
  const account = { turn: 1, latency: LATENCY, timeline: SPOKEN };
  timeline.completed(1, account, CLOCK);
  timeline.sounded(1, 1, 8780, 8800);
  timeline.arrived(1, 1, 8715);
  assert.deepEqual(timeline.last, spokenTurn().entry);
});

test('the first packet and the first sound count, not later ones', () => {
  const { timeline } = spokenTurn();
  assert.equal(timeline.arrived(1, 1, 9000), null);
  assert.equal(timeline.sounded(1, 1, 9000, 9020), null);
  assert.deepEqual(named(timeline.last).buffer, [8715, 8780]);
});

test('without compared clocks the steps end where the audio arrived', () => {
  const { entry } = spokenTurn({}, null);
  assert.equal(entry.synced, false);
  assert.equal(entry.clock_error_ms, null);
  assert.equal(named(entry).network, undefined);
  assert.deepEqual(named(entry).gateway.map(Math.round), [8715, 8715]);
  assert.deepEqual(
    named(entry).decision.map((time) => Math.round(10 * time) / 10),
    [8004.8, 8504.8],
  );
  assert.equal(entry.measures.voice_to_voice_ms, undefined);
  assert.equal(entry.measures.playback_ms, 85);
});

test("audio cannot arrive before it was sent: the clocks' error is taken out", () => {
  const { entry } = spokenTurn({}, CLOCK, 8708);
  assert.deepEqual(clamped(entry), ['network']);
  const { gateway, network, decision } = named(entry);
  assert.deepEqual(network, [8708, 8708]);
  assert.equal(gateway[1], 8708);
  assert.equal(Math.round(decision[1] - decision[0]), 500, 'what one clock measured stays exact');
});

test('a reply cannot sound before it arrived: such an estimate is moved', () => {
  const { entry } = spokenTurn({}, CLOCK, 8715, 8730);
  assert.deepEqual(clamped(entry), ['buffer']);
  assert.deepEqual(named(entry).buffer, [8715, 8715]);
  assert.deepEqual(named(entry).speaker, [8715, 8735]);
  assert.equal(entry.measures.playback_ms, 20);
});

test('a model that answers before the gateway has decided took no time, and that is said', () => {
  const early = { ...SPOKEN, first_byte: 3300, first_audio: 3310, forwarded: 3311 };
  const { entry } = spokenTurn({ timeline: early }, CLOCK, 8320);
  assert.deepEqual(clamped(entry), ['model']);
  assert.deepEqual(named(entry).model, [8500, 8500]);
  assert.ok(entry.steps.every(({ from_ms: from, to_ms: to }) => to >= from));
});

test('a typed turn has no decision and begins when the line left', () => {
  const { speech_ended: _ended, decided: _decided, ...timeline } = SPOKEN;
  const { entry } = spokenTurn({ timeline, latency: { first_packet_ms: 199.5 } });
  assert.equal(entry.typed, true);
  assert.deepEqual(
    entry.steps.map(({ name }) => name),
    ['model', 'gateway', 'network', 'buffer', 'speaker'],
  );
  assert.deepEqual(named(entry).model, [8500.5, 8710]);
  assert.equal(entry.measures.voice_to_voice_ms, undefined);
});

test('a gateway without a timeline leaves what the page knows', () => {
  const { entry } = spokenTurn({ timeline: undefined });
  assert.deepEqual(
    entry.steps.map(({ name }) => name),
    ['buffer', 'speaker'],
  );
  assert.equal(entry.typed, false);
});

test('a turn that was cut off before its first sound has no sound', () => {
  const timeline = new TurnTimeline();
  timeline.arrived(1, 4, 8715);
  const account = { turn: 4, cut_off: true, latency: LATENCY, timeline: SPOKEN };
  const entry = timeline.completed(1, account, CLOCK);
  assert.equal(entry.cut_off, true);
  assert.deepEqual(
    entry.steps.map(({ name }) => name),
    ['decision', 'model', 'gateway', 'network'],
  );
  assert.equal(entry.measures.playback_ms, undefined);
});

test('a turn without audio ends with the model', () => {
  const timeline = new TurnTimeline();
  const { first_audio: _audio, forwarded: _forwarded, ...times } = SPOKEN;
  const entry = timeline.completed(1, { turn: 2, timeline: times }, CLOCK);
  assert.deepEqual(named(entry), { decision: [8000, 8500], model: [8500, 8700] });
});

test('the tools that ran in a turn are kept beside its steps', () => {
  const { timeline } = spokenTurn();
  timeline.toolRan(1, 1, 'set_light', 8600, 8604);
  timeline.toolRan(1, 1, 'stop', 8610, 8609);
  assert.deepEqual(timeline.last?.tools, [
    { name: 'set_light', from_ms: 8600, to_ms: 8604 },
    { name: 'stop', from_ms: 8610, to_ms: 8610 },
  ]);
});

test('what is no time is left out', () => {
  const wrong = { ...SPOKEN, decided: -1, forwarded: '3710', first_audio: NaN, x: 3 };
  const { entry } = spokenTurn({ timeline: wrong, latency: { end_to_end_ms: -1, x: 2 } });
  assert.deepEqual(
    entry.steps.map(({ name }) => name),
    ['model', 'buffer', 'speaker'],
  );
  assert.deepEqual(Object.keys(entry.measures), ['playback_ms', 'voice_to_voice_ms']);
});

test('turns of two sessions with one number are two turns', () => {
  const { timeline } = spokenTurn();
  timeline.arrived(2, 1, 20_000);
  assert.equal(timeline.entries.length, 2);
  assert.deepEqual(named(timeline.entries[0]).buffer, [8715, 8780]);
});

test('a hundred turns are remembered, and what is typical is of them', () => {
  const timeline = new TurnTimeline();
  for (let turn = 1; turn <= 150; turn++) {
    timeline.arrived(1, turn, 1000);
    timeline.sounded(1, turn, 1000 + turn, 1010 + turn);
    timeline.completed(1, { turn, latency: { end_to_end_ms: turn } }, null);
  }
  assert.equal(timeline.entries.length, 100);
  const typical = { count: 100, average: 100.5, p50: 100, p95: 145 };
  assert.deepEqual(timeline.summary('end_to_end_ms'), typical);
  assert.deepEqual(timeline.summary('buffer'), typical);
  assert.equal(timeline.summary('network'), null);
  assert.equal(timeline.summary('constructor'), null);
});

test('the export says what it is, and survives JSON', () => {
  const { timeline, entry } = spokenTurn();
  const read = JSON.parse(JSON.stringify(timeline));
  assert.equal(read.format, EXPORT_FORMAT);
  assert.equal(read.version, EXPORT_VERSION);
  assert.deepEqual(read.turns, [entry]);
  assert.deepEqual(read.summary.decision, { count: 1, average: 500, p50: 500, p95: 500 });
  assert.equal(read.summary.network.count, 1);
});

test("the tutorial's three names stand, and everything measured has a name and a hint", () => {
  assert.deepEqual(
    MEASURES.map(({ label }) => label),
    ['First packet response', 'End-to-end latency', 'Continuous conversation latency'],
  );
  for (const { label, hint } of [...MEASURES, ...SHARES, ...STEPS])
    assert.ok(label.length > 3 && hint.endsWith('.'), label);
});

test('milliseconds are written as a person reads them', () => {
  const written = [0, 0.2, 9, 9.96, 93.4, 999, 1240].map(formatMs);
  assert.deepEqual(written, ['0 ms', '0.2 ms', '9 ms', '10.0 ms', '93 ms', '999 ms', '1.24 s']);
});

test('a turn that runs is not typical of anything', () => {
  const { timeline } = spokenTurn();
  timeline.arrived(1, 2, 20_000);
  timeline.sounded(1, 2, 20_085, 20_087);
  assert.equal(timeline.last?.measures.playback_ms, 87, 'what is known of it so far');
  assert.equal(timeline.summary('playback_ms')?.count, 1);
  assert.equal(timeline.summary('playback_ms')?.p50, 85, 'the finished one');
});
