// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { PlaybackQueue } from '../lib/playback_queue.js';
import { amplitudeAt, sine } from './signals.js';

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

/**
 * A queue that has a whole reply and no reason to wait.
 * @param {number} turn
 * @param {Int16Array} samples
 */
function begun(turn, samples) {
  const queue = new PlaybackQueue();
  queue.push(turn, samples);
  queue.end(turn);
  return queue;
}

/** @param {Float32Array} samples */
function largestStep(samples) {
  let largest = 0;
  for (let i = 1; i < samples.length; i++)
    largest = Math.max(largest, Math.abs(samples[i] - samples[i - 1]));
  return largest;
}

test('a first reply in real time waits for 80 ms, then comes out bit for bit', () => {
  const queue = new PlaybackQueue();
  const ramp = Int16Array.from({ length: ms(400) }, (_, i) => ((i * 37) % 65535) - 32767);
  const out = new Float32Array(ms(480));
  for (let at = 0; at < out.length; at += 960) {
    if (at < ramp.length) queue.push(1, ramp.subarray(at, at + 960));
    if (at + 960 === ramp.length) queue.end(1);
    for (let i = at; i < at + 960; i += 120) queue.pull(out.subarray(i, i + 120));
  }
  const start = out.findIndex((value) => value !== 0);
  assert.equal(start, ms(80));
  ramp.forEach((value, i) => assert.equal(out[start + i], value / 32768));
  assert.equal(queue.playedOf.get(1), ramp.length);
  assert.deepEqual([queue.underruns, queue.stretched, queue.concealed], [0, 0, 0]);
});

test('a burst begins with its second packet and comes out bit for bit, its tempo untouched', () => {
  const queue = new PlaybackQueue();
  const voice = Int16Array.from({ length: ms(4000) }, (_, i) =>
    Math.round(20000 * Math.sin(i / 9)),
  );
  const out = new Float32Array(ms(4200));
  let pushed = 0;
  for (let at = 0; at < out.length; at += 120) {
    // 200 ms of audio every 50 ms
    if (at % 1200 === 0 && pushed < voice.length) {
      queue.push(1, voice.subarray(pushed, (pushed += 4800)));
      if (pushed === voice.length) queue.end(1);
    }
    queue.pull(out.subarray(at, at + 120));
  }
  const start = out.findIndex((value) => value !== 0) - 1; // the sine begins with a zero
  assert.ok(start <= ms(75), `it began after ${start / 24} ms`);
  voice.forEach((value, i) => assert.equal(out[start + i], value / 32768));
  assert.equal(queue.stretched, 0);
  assert.equal(queue.clock, out.length);
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
  queue.end(1); // nothing to wait for
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
  assert.ok(pulled(queue, ms(120)).subarray(-BLOCK)[0] === 0.5);
});

test('the ring holds a minute and more', () => {
  const queue = new PlaybackQueue();
  assert.equal(queue.push(1, flat(60 * 24000)), 60 * 24000);
});

test('flush fades out within 5 ms, without a click, and then there is silence', () => {
  const queue = begun(1, flat(ms(1000)));
  const before = pulled(queue, ms(100));
  const at = queue.clock;
  assert.ok(queue.flush(1) > ms(800));
  const after = pulled(queue, ms(200));
  assert.ok(after.subarray(FADE).every((value) => value === 0));
  assert.ok(after[0] > 0.49, 'the fade begins where the sound was');
  assert.ok(largestStep(Float32Array.of(...before.subarray(-1), ...after)) <= 0.5 / FADE + 1e-6);
  assert.equal(queue.lastFlush?.at, at);
  assert.ok(queue.lastSoundAt - at < FADE);
});

test('late audio of a flushed turn is refused, counted and never heard', () => {
  const queue = begun(3, flat(ms(500)));
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
  const queue = begun(1, flat(ms(300)));
  queue.push(2, flat(ms(300), -LOUD));
  queue.end(2);
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
  const queue = begun(1, flat(ms(500)));
  queue.push(2, flat(ms(500)));
  queue.end(2);
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

test('a reply whose end is known ends bit for bit, and what follows dies away in 5 ms', () => {
  const queue = begun(1, flat(ms(100)));
  const out = pulled(queue, ms(200));
  assert.ok(out.subarray(0, ms(100)).every((value) => value === 0.5));
  assert.ok(out[ms(100)] > 0.49 && out[ms(100)] < 0.5);
  assert.ok(largestStep(out.subarray(1)) <= 0.5 / FADE + 1e-6);
  assert.ok(out.subarray(ms(105)).every((value) => value === 0));
  assert.equal(queue.played, ms(100));
  assert.equal(queue.concealed, 0);
});

/** 200 ms of a voice's pitch, a stall, and the rest: what comes out of it. */
function stalled(/** @type {number} */ stallMs) {
  const queue = new PlaybackQueue();
  const tone = Int16Array.from(sine(150, 24000, ms(1000), 16000));
  queue.push(1, tone.subarray(0, ms(200)));
  const first = pulled(queue, ms(220 + 200 + stallMs)); // it waited for 220 ms
  const known = [queue.underruns, queue.concealed];
  queue.push(1, tone.subarray(ms(200)));
  queue.end(1);
  const second = pulled(queue, ms(850));
  return { queue, known, out: Float32Array.of(...first, ...second) };
}

test('running dry continues the pitch, fades, comes back, without a click, counted once', () => {
  const { queue, known, out } = stalled(300);
  assert.deepEqual(known, [0, 0], 'not yet known whether more was to come');
  assert.equal(queue.underruns, 1);
  assert.ok(Math.abs(queue.concealed - ms(40)) <= 1, `concealed ${queue.concealed}`);
  assert.equal(queue.played, ms(1000));
  const slope = (2 * Math.PI * 150 * 0.489) / 24000;
  assert.ok(largestStep(out) < slope * 1.25, `a step of ${largestStep(out)}`);
  const start = out.findIndex((value) => value !== 0) - 1;
  const gap = out.subarray(start + ms(200), start + ms(240));
  assert.ok(amplitudeAt(gap.subarray(0, ms(20)), 150, 24000) > 0.4, 'it goes on at its pitch');
  assert.ok(Math.abs(gap[gap.length - 1]) < 0.02, 'and fades');
});

test('a short stall is bridged: no sample of silence is heard', () => {
  const { queue, out } = stalled(15);
  assert.equal(queue.underruns, 1);
  assert.ok(queue.concealed > 0 && queue.concealed < ms(40));
  const start = out.findIndex((value) => value !== 0);
  let silent = 0;
  for (let i = start; i < start + ms(900); i++) {
    silent = Math.abs(out[i]) < 1e-4 ? silent + 1 : 0;
    assert.ok(silent < 8, `silence at ${i}`);
  }
});

test('a flush while a gap is bridged is silent within 5 ms', () => {
  const queue = new PlaybackQueue();
  queue.push(1, flat(ms(200)));
  while (queue.playedOf.get(1) !== ms(200)) pulled(queue, BLOCK);
  assert.ok(queue.sounding);
  queue.flush(1);
  const after = pulled(queue, ms(100));
  assert.ok(after[0] > 0.3);
  assert.ok(after.subarray(FADE).every((value) => value === 0));
  assert.ok(largestStep(after) <= 0.5 / FADE + 1e-3);
  assert.equal(queue.playedOf.get(1), ms(200), 'made-up sound is not counted as heard');
});

test('an underrun in real time is caught up with, and not a sample is lost', () => {
  const queue = new PlaybackQueue();
  const tone = Int16Array.from(sine(200, 24000, ms(12000), 12000));
  const packet = ms(40);
  const out = new Float32Array(tone.length + ms(1000));
  let pushed = 0;
  let delay = 0;
  for (let at = 0; at < out.length; at += 120) {
    const stalledFor = at >= ms(1000) && at < ms(1300);
    // What the network held back comes all at once.
    while (!stalledFor && pushed <= at && pushed < tone.length)
      queue.push(1, tone.subarray(pushed, (pushed += packet)));
    if (pushed === tone.length) queue.end(1);
    queue.pull(out.subarray(at, at + 120));
    if (at === ms(1400)) delay = queue.delayMs;
    if (at === ms(11000)) assert.ok(queue.delayMs < delay - 60, `still ${queue.delayMs} ms`);
  }
  assert.equal(queue.underruns, 1);
  assert.ok(delay > 250, `after the stall it was ${delay} ms behind`);
  assert.ok(queue.stretched > ms(60));
  assert.equal(queue.played, tone.length);
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
