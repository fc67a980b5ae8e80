// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ClockSync, DRIFT_PER_MS } from '../lib/clock_sync.js';

/** A gateway whose clock is `offsetMs` ahead of the page's, and a way of given length each way. */
function world({ offsetMs = 0, drift = 0 } = {}) {
  const clock = new ClockSync();
  const remoteAt = (/** @type {number} */ pageMs) => pageMs * (1 + drift) + offsetMs;
  return {
    clock,
    remoteAt,
    /** @param {number} at @param {number} upMs @param {number} downMs */
    ping: (at, upMs, downMs) => clock.add(at, at + upMs + downMs, remoteAt(at + upMs)),
  };
}

/** Numbers from a seed, 0..1: the same run each time. */
function randomOf(seed = 1) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('before the first answer nothing is known', () => {
  const clock = new ClockSync();
  assert.equal(clock.estimate(0), null);
  assert.equal(clock.toPage(5, 0), null);
});

test('an even way gives the offset exactly, and a time its place on the page', () => {
  const { clock, ping } = world({ offsetMs: -7000 });
  ping(10_000, 15, 15);
  assert.deepEqual(clock.estimate(10_030), { offset_ms: -7000, round_trip_ms: 30, error_ms: 15 });
  assert.equal(clock.toPage(3012, 10_030), 10_012);
});

test('however lopsided the way, the error is within the bound, and the bound half a trip', () => {
  const random = randomOf();
  for (let run = 0; run < 500; run++) {
    const offsetMs = 1e5 * (random() - 0.5);
    const { clock, ping } = world({ offsetMs });
    for (let at = 0; at < 3000; at += 500) {
      ping(at, 200 * random() ** 3, 200 * random() ** 3);
      const { offset_ms: offset = NaN, error_ms: error = NaN } = clock.estimate(at + 400) ?? {};
      assert.ok(Math.abs(offset - offsetMs) <= error + 1e-9, `${offset - offsetMs} of ${error}`);
    }
    const { error_ms: error = NaN, round_trip_ms: trip = NaN } = clock.estimate(2900) ?? {};
    assert.ok(error >= trip / 2 && error <= trip / 2 + 3000 * DRIFT_PER_MS);
  }
});

test('the quickest of the last answers is believed; one that was held up is not', () => {
  const { clock, ping } = world({ offsetMs: 100 });
  ping(0, 10, 10);
  ping(500, 10, 800); // held up on the way back alone: alone it would be wrong by 395 ms
  ping(2000, 300, 10);
  const { offset_ms: offset, round_trip_ms: trip } = clock.estimate(2400) ?? {};
  assert.equal(trip, 20);
  assert.equal(offset, 100);
});

test('only so many answers are remembered', () => {
  const { clock, ping } = world();
  ping(0, 1, 1);
  for (let at = 500; at <= 16 * 500; at += 500) ping(at, 20, 20);
  assert.equal(clock.estimate(9000)?.round_trip_ms, 40);
});

test('clocks that drift apart are followed: an old answer loses to a newer one', () => {
  const drift = 80e-6; // 80 ms in 1000 s
  const { clock, ping, remoteAt } = world({ drift });
  const random = randomOf(7);
  for (let at = 0; at <= 1e6; at += 5000) {
    ping(at, 10 + 10 * random(), 10 + 10 * random());
    const now = at + 100;
    const { error_ms: error = NaN } = clock.estimate(now) ?? {};
    const off = Math.abs((clock.toPage(remoteAt(now), now) ?? NaN) - now);
    assert.ok(off <= error, `${off} of ${error} at ${at}`);
    assert.ok(error < 25);
  }
});

test('a quick answer that has grown old is not trusted more than it deserves', () => {
  const { clock, ping, remoteAt } = world({ drift: 80e-6 });
  ping(0, 1, 1);
  for (let at = 5000; at <= 75_000; at += 5000) ping(at, 8, 8);
  const now = 75_100;
  const { error_ms: error = NaN } = clock.estimate(now) ?? {};
  assert.ok(Math.abs((clock.toPage(remoteAt(now), now) ?? NaN) - now) <= error);
});

test('a clock that stood still, as over a sleep, voids what was known before', () => {
  const { clock, ping } = world({ offsetMs: 50 });
  ping(0, 2, 2);
  // The page's clock stood for an hour: the gateway's is that much further ahead.
  clock.add(1000, 1040, 3_600_050 + 1020);
  assert.equal(clock.estimate(1040)?.round_trip_ms, 40);
  assert.equal(clock.estimate(1040)?.offset_ms, 3_600_050);
});

test('another session begins without knowledge', () => {
  const { clock, ping } = world();
  ping(0, 1, 1);
  clock.reset();
  assert.equal(clock.estimate(10), null);
});

test('what cannot be is not taken', () => {
  const { clock } = world();
  for (const [sent, received, remote] of [
    [10, 9, 0],
    [NaN, 9, 0],
    [0, Infinity, 0],
    [0, 1, NaN],
  ]) {
    assert.equal(clock.add(sent, received, remote), false);
  }
  assert.equal(clock.estimate(10), null);
});
