// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { PlaybackQueue } from '../lib/playback_queue.js';
import { PlaybackPipe } from '../lib/playback_pipe.js';
import { bytesOfSamples } from '../lib/pcm.js';
import { amplitudeAt } from './signals.js';

const BLOCK = 128;
const FADE = 120; // 5 ms at 24 kHz
const LOUD = 16384; // 0.5

const flat = (/** @type {number} */ count, value = LOUD) => new Int16Array(count).fill(value);
const ms = (/** @type {number} */ count) => count * 24;

/**
 * @param {PlaybackQueue} queue
 * @param {number} count whole blocks are pulled
 */
function pulled(queue, count) {
  const out = new Float32Array(Math.ceil(count / BLOCK) * BLOCK);
  for (let at = 0; at < out.length; at += BLOCK) queue.pull(out.subarray(at, at + BLOCK));
  return out;
}

/** @param {Float32Array} samples */
function largestStep(samples) {
  let largest = 0;
  for (let i = 1; i < samples.length; i++)
    largest = Math.max(largest, Math.abs(samples[i] - samples[i - 1]));
  return largest;
}

test('a reply waits for its cushion of 80 ms, then comes out sample by sample', () => {
  const queue = new PlaybackQueue();
  const ramp = Int16Array.from({ length: ms(200) }, (_, i) => i + 1);
  queue.push(1, ramp.subarray(0, ms(79)));
  assert.ok(pulled(queue, BLOCK).every((value) => value === 0));
  queue.push(1, ramp.subarray(ms(79)));
  const out = pulled(queue, ms(180));
  for (let i = 0; i < ms(180); i++) assert.equal(out[i], ramp[i] / 32768);
  assert.equal(queue.played, out.length);
  assert.equal(queue.playedOf.get(1), out.length);
});

test('a reply shorter than the cushion plays once its end is known', () => {
  const queue = new PlaybackQueue();
  queue.push(1, flat(ms(30)));
  assert.ok(pulled(queue, BLOCK).every((value) => value === 0));
  queue.end(1);
  assert.equal(pulled(queue, BLOCK)[0], 0.5);
  pulled(queue, ms(60));
  assert.equal(queue.played, ms(30));
  assert.equal(queue.underruns, 0);
});

test('a short reply whose end is never announced plays all the same', () => {
  const queue = new PlaybackQueue();
  queue.push(1, flat(ms(30)));
  pulled(queue, ms(300));
  assert.equal(queue.played, ms(30));
});

test('the ring wraps without losing or moving a sample', () => {
  const queue = new PlaybackQueue({ ring: new Int16Array(4800) });
  let next = 0;
  let expected = 0;
  const piece = () => Int16Array.from({ length: 1000 }, () => (next++ % 30000) + 1);
  queue.push(1, piece());
  queue.push(1, piece());
  for (let round = 0; round < 40; round++) {
    assert.equal(queue.push(1, piece()), 1000);
    const out = new Float32Array(1000);
    queue.pull(out);
    for (const value of out) assert.equal(value, ((expected++ % 30000) + 1) / 32768);
  }
});

test('what does not fit is refused and counted, and what was there stays', () => {
  const queue = new PlaybackQueue({ ring: new Int16Array(2400) });
  assert.equal(queue.push(1, flat(2000)), 2000);
  assert.equal(queue.push(1, flat(2000, -LOUD)), 400);
  assert.equal(queue.overflowed, 1600);
  assert.equal(pulled(queue, BLOCK)[0], 0.5);
});

test('the ring holds a minute and more', () => {
  const queue = new PlaybackQueue();
  assert.equal(queue.push(1, flat(60 * 24000)), 60 * 24000);
});

test('flush fades out within 5 ms, without a click, and then there is silence', () => {
  const queue = new PlaybackQueue();
  queue.push(1, flat(ms(1000)));
  const before = pulled(queue, ms(100));
  assert.ok(queue.flush(1) > ms(800));
  const after = pulled(queue, ms(200));
  assert.ok(after.subarray(FADE).every((value) => value === 0));
  assert.ok(after[0] > 0.49, 'the fade begins where the sound was');
  assert.ok(largestStep(Float32Array.of(...before.subarray(-1), ...after)) <= 0.5 / FADE + 1e-6);
  assert.equal(queue.lastFlush?.at, before.length);
  assert.ok(queue.lastSoundAt - before.length < FADE);
});

test('late audio of a flushed turn is refused, counted and never heard', () => {
  const queue = new PlaybackQueue();
  queue.push(3, flat(ms(500)));
  pulled(queue, ms(50));
  queue.flush(3);
  pulled(queue, ms(20));
  const playedOfThree = queue.playedOf.get(3);
  assert.equal(queue.push(3, flat(ms(500))), 0);
  assert.equal(queue.push(2, flat(ms(500))), 0);
  assert.equal(queue.late, 2 * ms(500));
  assert.ok(pulled(queue, ms(400)).every((value) => value === 0));
  assert.equal(queue.playedOf.get(3), playedOfThree);
});

test('the turn after a flushed one is untouched', () => {
  const queue = new PlaybackQueue();
  queue.push(1, flat(ms(300)));
  queue.push(2, flat(ms(300), -LOUD));
  pulled(queue, ms(50));
  assert.equal(queue.flush(1), ms(300) - Math.ceil(ms(50) / BLOCK) * BLOCK);
  const out = pulled(queue, ms(350));
  assert.equal(queue.playedOf.get(2), ms(300));
  assert.ok(
    out.subarray(FADE).every((value) => value <= 0),
    'nothing of turn 1 after the fade',
  );
});

test('a flush before the reply began to sound leaves pure silence', () => {
  const queue = new PlaybackQueue();
  queue.push(1, flat(ms(40)));
  pulled(queue, BLOCK);
  queue.flush(1);
  assert.ok(pulled(queue, ms(200)).every((value) => value === 0));
  assert.equal(queue.played, 0);
});

test('a second flush during the fade does not begin it anew', () => {
  const queue = new PlaybackQueue();
  queue.push(1, flat(ms(500)));
  queue.push(2, flat(ms(500)));
  pulled(queue, ms(90));
  queue.flush(1);
  const out = new Float32Array(60);
  queue.pull(out);
  queue.flush(2);
  assert.ok(
    pulled(queue, ms(100))
      .subarray(60)
      .every((value) => value === 0),
  );
});

test('running dry fades out and in again, without a click, and counts one underrun', () => {
  const queue = new PlaybackQueue();
  queue.push(1, flat(ms(100)));
  const first = pulled(queue, ms(150));
  assert.equal(queue.underruns, 0, 'not yet known whether more was to come');
  queue.push(1, flat(ms(400)));
  const second = pulled(queue, ms(500));
  assert.equal(queue.underruns, 1);
  assert.equal(queue.cushionMs, 140);
  assert.ok(largestStep(Float32Array.of(...first, ...second)) < 0.51 / (FADE / 2));
  assert.equal(queue.played, ms(500));
});

test('samples that arrive just in time cost a dip and no gap', () => {
  const queue = new PlaybackQueue();
  queue.push(1, flat(20 * BLOCK));
  const before = pulled(queue, 19 * BLOCK);
  const thin = new Float32Array(80);
  queue.pull(thin); // 48 samples are left: the fade is on its way
  queue.push(1, flat(ms(400)));
  const after = pulled(queue, ms(100));
  const out = Float32Array.of(...before, ...thin, ...after);
  assert.equal(queue.underruns, 0);
  assert.ok(thin[79] < 0.4 && out.every((value) => value > 0));
  assert.ok(largestStep(out) <= 0.5 / FADE + 1e-6);
  assert.equal(out.at(-1), 0.5);
});

test('the cushion grows with underruns up to 240 ms and shrinks back to 80', () => {
  const queue = new PlaybackQueue();
  for (let turn = 1; turn <= 6; turn++) {
    queue.push(turn, flat(ms(300)));
    pulled(queue, ms(400));
    queue.push(turn, flat(ms(300)));
    queue.end(turn);
    pulled(queue, ms(700));
  }
  assert.equal(queue.cushionMs, 240);
  for (let turn = 7; turn <= 20; turn++) {
    queue.push(turn, flat(ms(300)));
    queue.end(turn);
    pulled(queue, ms(400));
  }
  assert.equal(queue.cushionMs, 80);
});

test('the record of played turns does not grow without end', () => {
  const queue = new PlaybackQueue();
  for (let turn = 1; turn <= 100; turn++) {
    queue.push(turn, flat(ms(10)));
    queue.end(turn);
    pulled(queue, ms(20));
  }
  assert.ok(queue.playedOf.size <= 16);
  assert.equal(queue.played, 100 * ms(10));
});

/**
 * @param {PlaybackPipe} pipe
 * @param {number} blocks
 * @param {number} [from]
 */
function rendered(pipe, blocks, from = 0) {
  const out = new Float32Array(blocks * BLOCK);
  const reports = [];
  for (let block = 0; block < blocks; block++) {
    const time = ((from + block) * BLOCK) / pipe.rate;
    const report = pipe.render(out.subarray(block * BLOCK, (block + 1) * BLOCK), time);
    if (report) reports.push(report);
  }
  return { out, reports };
}

/** @param {PlaybackPipe} pipe @param {Int16Array} samples @param {number} [turn] */
const pushTo = (pipe, samples, turn = 1) =>
  pipe.command({ type: 'push', turn, bytes: bytesOfSamples(samples) }, 0);

test('a tone keeps its pitch and level at every context rate', () => {
  for (const rate of [24000, 44100, 48000, 96000]) {
    const pipe = new PlaybackPipe(rate);
    pushTo(
      pipe,
      Int16Array.from(
        { length: 24000 },
        (_, i) => 16384 * Math.sin((2 * Math.PI * 440 * i) / 24000),
      ),
    );
    const { out } = rendered(pipe, Math.floor((rate * 0.9) / BLOCK));
    assert.ok(Math.abs(amplitudeAt(out.subarray(1000), 440, rate) - 0.5) < 0.005, `${rate} Hz`);
    assert.ok(
      Math.abs(pipe.queue.played - 24000 * 0.9) < 400,
      `${rate} Hz played ${pipe.queue.played}`,
    );
  }
});

test("flush silences a resampled stream within the fade and the filter's length", () => {
  for (const rate of [44100, 48000]) {
    const pipe = new PlaybackPipe(rate);
    pushTo(pipe, flat(24000));
    rendered(pipe, 40);
    const report = pipe.command({ type: 'flush', turn: 1 }, 1);
    assert.equal(report?.cause, 'flushed');
    const { out } = rendered(pipe, 40);
    assert.ok(
      out.subarray(Math.ceil(0.011 * rate)).every((value) => value === 0),
      `${rate} Hz`,
    );
  }
});

test('reports say when sound starts, ten times a second how it goes, and when it is over', () => {
  const pipe = new PlaybackPipe(24000);
  pipe.command({ type: 'reset', session: 7 }, 0);
  pushTo(pipe, flat(24000));
  pipe.command({ type: 'end', turn: 1 }, 0);
  const { reports } = rendered(pipe, 200);
  const causes = reports.map((report) => report.cause);
  assert.equal(causes[0], 'started');
  assert.equal(causes.at(-1), 'silent');
  const ticks = causes.filter((cause) => cause === 'tick').length;
  assert.ok(ticks >= 8 && ticks <= 10, `${ticks} ticks`);
  assert.ok(Math.abs(reports[2].rms - 0.5) < 0.01);
  assert.equal(reports.at(-1)?.played, 24000);
  assert.ok(reports.every((report) => report.session === 7));
  assert.deepEqual(rendered(pipe, 50).reports, [], 'silence has nothing to report');
});

test('a new session counts its turns from 1 again and hears nothing of the old one', () => {
  const pipe = new PlaybackPipe(24000);
  pushTo(pipe, flat(ms(500)));
  pipe.command({ type: 'flush', turn: Number.MAX_SAFE_INTEGER }, 0);
  pushTo(pipe, flat(ms(500)));
  assert.ok(
    rendered(pipe, 100)
      .out.subarray(FADE)
      .every((value) => value === 0),
  );
  pipe.command({ type: 'reset', session: 2 }, 0);
  assert.ok(rendered(pipe, 20).out.every((value) => value === 0));
  pushTo(pipe, flat(ms(500), -LOUD));
  const { out, reports } = rendered(pipe, 20);
  assert.equal(out[0], -0.5);
  assert.equal(reports[0].session, 2);
});
