// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { JitterBuffer } from '../lib/jitter_buffer.js';

/**
 * Packets of one turn at given times; the stock is what a player without any delay would hold.
 * @param {JitterBuffer} jitter
 * @param {number} turn
 * @param {number} fromMs
 * @param {{atMs: number, lengthMs: number}[]} packets
 */
function receive(jitter, turn, fromMs, packets) {
  let media = 0;
  for (const { atMs, lengthMs } of packets) {
    media += lengthMs;
    jitter.arrived(turn, fromMs + atMs, lengthMs, Math.max(lengthMs, media - atMs));
  }
  jitter.ended(turn);
}

/** 40 ms packets in real time; `lateMs` says how late the n-th one is. */
const paced = (/** @type {number} */ count, /** @type {(n: number) => number} */ lateMs) =>
  Array.from({ length: count }, (_, n) => ({ atMs: 40 * n + lateMs(n), lengthMs: 40 }));

/** 240 ms packets, four times faster than real time. */
const burst = (/** @type {number} */ count, /** @type {(n: number) => number} */ lateMs) =>
  Array.from({ length: count }, (_, n) => ({ atMs: 60 * n + lateMs(n), lengthMs: 240 }));

test('before anything is known the target is 80 ms', () => {
  assert.equal(new JitterBuffer().targetMs, 80);
});

test('on a perfect network it falls to the floor of 20 ms', () => {
  const jitter = new JitterBuffer();
  receive(
    jitter,
    1,
    0,
    paced(300, () => 0),
  );
  assert.equal(jitter.targetMs, 20);
});

test('the target is the 95th percentile of the worst lateness of each half second', () => {
  // 200 half seconds: one packet late in each, by 50 ms, and in some of them by 170 ms.
  const late = (/** @type {number} */ every) => (/** @type {number} */ n) =>
    n % 13 !== 6 ? 0 : Math.floor(n / 13) % every === every - 1 ? 170 : 50;
  const rarely = new JitterBuffer();
  receive(rarely, 1, 0, paced(13 * 200, late(40))); // 2.5 % of them
  assert.equal(rarely.targetMs, 60, '50 ms lies in the bucket that ends at 60');
  const often = new JitterBuffer();
  receive(often, 1, 0, paced(13 * 200, late(10))); // 10 %
  assert.equal(often.targetMs, 180, '170 ms lies in the bucket that ends at 180');
});

test('the target is never above 400 ms', () => {
  const jitter = new JitterBuffer();
  receive(
    jitter,
    1,
    0,
    paced(500, (n) => (n % 13 === 6 ? 900 : 0)),
  );
  assert.equal(jitter.targetMs, 400);
});

test('jitter is forgotten', () => {
  const jitter = new JitterBuffer();
  receive(
    jitter,
    1,
    0,
    paced(300, (n) => (n % 13 === 6 ? 200 : 0)),
  );
  const then = jitter.targetMs;
  receive(
    jitter,
    2,
    100_000,
    paced(3000, () => 0),
  );
  assert.ok(then > 180 && jitter.targetMs === 20, `${then}, then ${jitter.targetMs}`);
});

test('jitter is remembered from one reply to the next', () => {
  const jitter = new JitterBuffer();
  for (let turn = 1; turn <= 12; turn++)
    receive(
      jitter,
      turn,
      turn * 60_000,
      paced(50, (n) => (n % 13 === 6 ? 110 : 0)),
    );
  assert.equal(jitter.targetMs, 120);
  jitter.reset();
  assert.equal(jitter.targetMs, 120, 'and from one session to the next');
});

test('a burst that runs ahead does not raise the target, whatever its gaps are', () => {
  const jitter = new JitterBuffer();
  for (let turn = 1; turn <= 30; turn++)
    receive(
      jitter,
      turn,
      turn * 60_000,
      burst(30, () => 0),
    );
  assert.equal(jitter.targetMs, 20);
  // Far ahead of the listener the sender may even pause.
  receive(
    jitter,
    31,
    3_000_000,
    burst(30, (n) => (n >= 15 ? 900 : 0)),
  );
  assert.equal(jitter.targetMs, 20);
});

test('a schedule that has moved for good counts once, not for the rest of the reply', () => {
  const jitter = new JitterBuffer();
  receive(
    jitter,
    1,
    0,
    paced(600, () => 0),
  );
  receive(
    jitter,
    2,
    60_000,
    paced(600, (n) => (n >= 100 ? 250 : 0)),
  );
  assert.equal(jitter.targetMs, 20);
});

test('a first packet in real time waits for the target; one that came late, for less', () => {
  const jitter = new JitterBuffer();
  jitter.arrived(1, 0, 40, 40);
  assert.equal(jitter.mayStart(1, 79, 40), false);
  assert.equal(jitter.mayStart(1, 80, 40), true);
  const late = new JitterBuffer();
  late.arrived(1, 0, 40, 40);
  late.arrived(1, 5, 40, 80); // so the first one was 35 ms late
  assert.equal(late.mayStart(1, 44, 80), false);
  assert.equal(late.mayStart(1, 45, 80), true);
});

test('a burst begins with its second packet, at once where the network is known as calm', () => {
  const jitter = new JitterBuffer();
  jitter.arrived(1, 0, 200, 200);
  assert.equal(jitter.mayStart(1, 49, 200), false);
  jitter.arrived(1, 50, 240, 440);
  assert.equal(jitter.mayStart(1, 50, 440), true);
  jitter.ended(1);
  for (let turn = 2; turn <= 30; turn++)
    receive(
      jitter,
      turn,
      turn * 60_000,
      burst(20, () => 0),
    );
  jitter.arrived(40, 9_000_000, 200, 200);
  assert.equal(jitter.mayStart(40, 9_000_000, 200), true);
});

test('a reply that is complete does not wait', () => {
  const jitter = new JitterBuffer();
  jitter.arrived(1, 0, 30, 30);
  jitter.ended(1);
  assert.equal(jitter.mayStart(1, 0, 30), true);
});

test('the tempo changes only where there is something to gain', () => {
  /** What it says after 40 packets in real time, if playback lags by `delayMs`. */
  const tempo = (/** @type {number} */ delayMs, /** @type {number} */ aheadMs = 0) => {
    const jitter = new JitterBuffer();
    for (let n = 0; n < 40; n++) {
      const stock = Math.min(40 * (n + 1), 40 + delayMs + aheadMs);
      jitter.arrived(1, 40 * n, 40, stock);
    }
    const { targetMs } = jitter;
    return { targetMs, advice: jitter.tempo(1, 1600, 1600 - delayMs) };
  };
  const { targetMs } = tempo(60);
  assert.equal(tempo(targetMs).advice, 0, 'on target');
  assert.equal(tempo(targetMs + 50).advice, 0, 'not worth it');
  assert.equal(tempo(targetMs + 150).advice, 1, 'an underrun left it behind');
  assert.equal(tempo(targetMs - 40).advice, -1, 'too little in hand');
  assert.equal(tempo(targetMs + 150, 3000).advice, 0, 'the rest of the reply is there already');
  assert.equal(tempo(0, 3000).advice, 0, 'a burst ahead of time is no delay');
});

test('a reply that is complete keeps its tempo', () => {
  const jitter = new JitterBuffer();
  for (let n = 0; n < 40; n++) jitter.arrived(1, 40 * n, 40, 400);
  assert.equal(jitter.tempo(1, 1600, 1240), 1);
  jitter.ended(1);
  assert.equal(jitter.tempo(1, 1600, 1240), 0);
});
