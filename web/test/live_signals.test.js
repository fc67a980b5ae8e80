import { test } from 'node:test';
import assert from 'node:assert/strict';
import { SpanHistory, ValueHistory } from '../page/history.js';
import { FLOOR_DBFS, LiveSignals } from '../page/live_signals.js';

/** @param {ValueHistory} history */
function listed(history, since = -Infinity) {
  const seen = [];
  history.forEach(since, (at, values) => seen.push([at, ...values]));
  return seen;
}

test('a ring keeps the newest, oldest first', () => {
  const history = new ValueHistory(4);
  assert.deepEqual(listed(history), []);
  for (let at = 1; at <= 6; at++) history.add(at, 10 * at);
  assert.deepEqual(listed(history), [
    [3, 30],
    [4, 40],
    [5, 50],
    [6, 60],
  ]);
  history.clear();
  assert.deepEqual(listed(history), []);
});

test('one moment from before the window comes along, so that a line reaches its edge', () => {
  const history = new ValueHistory(8, 2);
  for (let at = 1; at <= 5; at++) history.add(at, at, -at);
  assert.deepEqual(listed(history, 3.5), [
    [3, 3, -3],
    [4, 4, -4],
    [5, 5, -5],
  ]);
  assert.deepEqual(listed(history, 9), [[5, 5, -5]], 'the last one holds');
  assert.equal(listed(history, 0).length, 5);
});

test('a ring that wrapped around is searched in time order too', () => {
  const history = new ValueHistory(3);
  for (let at = 1; at <= 5; at++) history.add(at, at);
  assert.deepEqual(listed(history, 4), [
    [4, 4],
    [5, 5],
  ]);
});

test('spans open and close once, whatever is repeated', () => {
  const history = new SpanHistory(10);
  history.set(1, false);
  history.set(2, true);
  history.set(3, true);
  history.set(5, false);
  history.set(6, false);
  assert.deepEqual(history.spans, [{ fromMs: 2, toMs: 5 }]);
  history.set(8, true);
  assert.equal(history.open, true);
  assert.deepEqual(history.within(4, 9), [
    { fromMs: 4, toMs: 5 },
    { fromMs: 8, toMs: 9 },
  ]);
  assert.deepEqual(history.within(5.5, 7), []);
});

test('spans are bounded: the oldest go', () => {
  const history = new SpanHistory(3);
  for (let at = 0; at < 20; at++) history.set(at, at % 2 === 0);
  assert.equal(history.spans.length, 3);
  assert.deepEqual(history.spans[0], { fromMs: 14, toMs: 15 });
});

test('a conversation is gathered into lanes and words', () => {
  const signals = new LiveSignals();
  assert.match(signals.words(), /microphone is silent\. No speech is heard\. No reply plays\./);
  signals.level(1000, { rms: 0.1, speech: true });
  assert.deepEqual(signals.labels(), {
    level: '−20 dBFS',
    here: 'speech',
    gateway: 'silence',
    buffer: 'empty',
  });
  signals.gateway.set(1100, true);
  signals.playback(1200, { playing: true, delayMs: 84, targetMs: 60, ducked: true });
  assert.equal(signals.labels().buffer, '84 ms of 60 ms');
  assert.equal(
    signals.words(),
    'The microphone is 20 decibels below full scale. This page and the gateway hear speech. ' +
      'A reply plays, turned down, with 84 ms of it waiting, aimed at 60 ms.',
  );
  signals.rest(1300);
  for (const lane of ['here', 'gateway', 'sounding', 'ducked']) {
    assert.deepEqual(signals[lane].spans.at(-1).toMs, 1300, lane);
  }
  assert.equal(signals.now.levelDbfs, FLOOR_DBFS);
});

test('levels below the floor are the floor, and a packet without a verdict is no speech', () => {
  const signals = new LiveSignals();
  signals.level(0, { rms: 0 });
  assert.deepEqual(listed(signals.levels), [[0, FLOOR_DBFS]]);
  assert.equal(signals.here.open, false);
});

test("the buffer's lane grows in round steps with what it has to show", () => {
  const signals = new LiveSignals();
  assert.equal(signals.bufferScaleMs(0), 200);
  signals.playback(10, { playing: true, delayMs: 230, targetMs: 60 });
  assert.equal(signals.bufferScaleMs(0), 300);
  signals.playback(20, { playing: true, delayMs: 90, targetMs: 60 });
  assert.equal(signals.bufferScaleMs(15), 300, 'what still comes in from the edge counts');
  signals.playback(30, { playing: true, delayMs: 90, targetMs: 60 });
  assert.equal(signals.bufferScaleMs(25), 200);
});

test('a minute of packets takes no more memory than ten seconds', () => {
  const signals = new LiveSignals();
  for (let at = 0; at < 60_000; at += 20) {
    signals.level(at, { rms: 0.1, speech: at % 400 < 200 });
    if (at % 100 === 0) signals.playback(at, { playing: true, delayMs: 60, targetMs: 60 });
  }
  const seen = listed(signals.levels);
  assert.ok(seen[0][0] <= 50_000, 'the window is covered');
  assert.ok(seen.length <= 600 && signals.here.spans.length <= 60);
});
