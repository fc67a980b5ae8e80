// @ts-check
// The page's own voice in its own microphone, without any echo cancellation, through the whole
// capture pipe; synthetic voices and rooms. What is played is told to the pipe as the playback
// worklet does it. With LIVEGATE_REPLY_WAV naming a mono 16 kHz recording (of flite, say), that
// is the reply as well. LIVEGATE_ECHO_SWEEP=1 prints the figures of bench/evidence/microphone.md,
// from rooms and voices that no parameter was chosen with; it takes minutes.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CapturePipe } from '../lib/capture_pipe.js';
import { EchoGuard } from '../lib/echo_guard.js';
import { rms } from '../lib/level.js';
import { RATE_HZ, babbler, echoOf, hiss, placed, randomFrom, together } from './voices.js';

const FRAME = RATE_HZ / 100;
const REPLY_DBFS = -20;
const PERSON_DBFS = -20; // at the microphone, as automatic gain brings it there
const ROOM_DBFS = -60;
const ROOMS = [
  { gainDb: -10, delayMs: 40 },
  { gainDb: -10, delayMs: 300, fadeSeconds: 0.5 },
  { gainDb: -15, delayMs: 120 },
  { gainDb: -20, delayMs: 40, fadeSeconds: 0.5 },
  { gainDb: -20, delayMs: 480 },
];
const describe = (/** @type {{gainDb: number, delayMs: number}} */ { gainDb, delayMs }) =>
  `echo of ${gainDb} dB after ${delayMs} ms`;

/**
 * @param {Float32Array} played what the loudspeaker gets
 * @param {Float32Array} microphone
 * @param {{late?: () => number}} [how] `late`: by how many frames the news of a frame is late
 */
function listen(played, microphone, { late = () => 0 } = {}) {
  const onsets = /** @type {number[]} */ ([]);
  const echoes = /** @type {number[]} */ ([]);
  let now = 0;
  let packets = 0;
  const pipe = new CapturePipe(RATE_HZ, {
    packet: (_packet, _rms, { echo }) => {
      packets++;
      if (echo) echoes.push(packets * 0.02);
    },
    signal: (type) => type === 'onset' && onsets.push(now),
  });
  /** @type {number[][]} */
  const news = Array.from({ length: played.length / FRAME + 10 }, () => []);
  for (let frame = 0; (frame + 1) * FRAME <= microphone.length; frame++) {
    const level = rms(played.subarray(frame * FRAME, (frame + 1) * FRAME));
    news[frame + late()].push(level);
    for (const value of news[frame]) pipe.reference(value);
    now = (frame + 1) / 100;
    pipe.push([microphone.subarray(frame * FRAME, (frame + 1) * FRAME)]);
  }
  return { onsets, echoes, pipe };
}

/** A reply, silence, and another reply, with a quiet start of 0.5 s. @param {number} seed */
const replies = (seed) =>
  together(
    placed(babbler(14, REPLY_DBFS, seed), 0.5, 30),
    placed(babbler(13, REPLY_DBFS, seed + 100), 17, 30),
  );

test('the reply itself ducks nothing, from its first second on', () => {
  for (const room of ROOMS) {
    for (let seed = 1; seed <= 4; seed++) {
      const played = replies(seed);
      const heard = together(echoOf(played, { ...room, seed }), hiss(30, ROOM_DBFS, seed));
      const { onsets, echoes } = listen(played, heard);
      assert.deepEqual(onsets, [], `${describe(room)}, seed ${seed}`);
      assert.ok(echoes.length > 100, 'it is said to be echo');
    }
  }
});

test('news of what is played may come a little late', () => {
  const random = randomFrom(9);
  for (const room of ROOMS.filter(({ delayMs }) => delayMs > 50)) {
    const played = replies(3);
    const heard = together(echoOf(played, room), hiss(30, ROOM_DBFS));
    const { onsets } = listen(played, heard, { late: () => Math.floor(3 * random()) });
    assert.deepEqual(onsets, [], describe(room));
  }
});

test('a person who speaks over the reply is heard, as loud as the reply or not quite', () => {
  for (const room of ROOMS) {
    const delays = [];
    for (let seed = 1; seed <= 12; seed++) {
      const played = babbler(12, REPLY_DBFS, seed);
      const at = 4 + 0.37 * seed;
      const person = placed(babbler(1.2, PERSON_DBFS, seed + 50), at, 12);
      const heard = together(echoOf(played, { ...room, seed }), person, hiss(12, ROOM_DBFS, seed));
      const { onsets } = listen(played, heard);
      const first = onsets.find((time) => time > at) ?? Infinity;
      assert.ok(
        onsets.every((time) => time > at - 0.01),
        `${describe(room)}: too early`,
      );
      delays.push(Math.round(1000 * (first - at)));
    }
    delays.sort((a, b) => a - b);
    const told = `${describe(room)}: ${delays.join(' ')} ms`;
    assert.ok(delays[6] <= 60, told);
    assert.ok(delays[11] <= 800, told);
    if (room.gainDb <= -15) assert.ok(delays[9] <= 150, told);
  }
});

test('after a real barge-in the next reply is still known as echo', () => {
  for (const room of ROOMS) {
    const end = 5.4; // the gateway's confirmation stops the first reply 400 ms into the speech
    const played = together(
      placed(babbler(end, REPLY_DBFS, 2), 0, 20),
      placed(babbler(12, REPLY_DBFS, 3), 8, 20),
    );
    const person = placed(babbler(2, PERSON_DBFS, 4), 5, 20);
    const { onsets } = listen(played, together(echoOf(played, room), person, hiss(20, ROOM_DBFS)));
    assert.ok(
      onsets.some((time) => time > 5 && time < 5.8),
      `${describe(room)}: ${onsets}`,
    );
    assert.deepEqual(
      onsets.filter((time) => time > 7.5),
      [],
      describe(room),
    );
  }
});

test('with headphones on nothing is expected, half a second into the first reply', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const played = babbler(4, REPLY_DBFS, seed);
    const at = 0.7 + seed * 0.2;
    const person = placed(babbler(1, PERSON_DBFS - 10, seed + 50), at, 4);
    const { onsets } = listen(played, together(person, hiss(4, ROOM_DBFS, seed)));
    const delay = onsets[0] - at;
    assert.ok(delay > 0 && delay <= 0.03, `seed ${seed}: ${delay} s`);
  }
});

test('headphones pulled out in the middle are understood within 10 s', () => {
  const played = babbler(40, REPLY_DBFS, 7);
  const loud = echoOf(played, { gainDb: -12, delayMs: 60 });
  loud.fill(0, 0, 10 * RATE_HZ);
  const { onsets } = listen(played, together(loud, hiss(40, ROOM_DBFS)));
  assert.deepEqual(
    onsets.filter((time) => time < 10),
    [],
  );
  assert.ok(onsets.length > 0, 'the surprise is one');
  assert.deepEqual(
    onsets.filter((time) => time > 20),
    [],
  );
});

test('while nothing is played there is no bar, whatever was learnt', () => {
  const guard = new EchoGuard();
  for (let i = 0; i < 300; i++) {
    guard.expect(-20 - (i % 17));
    guard.learn(-25 - (i % 17), -60, false);
  }
  assert.ok(guard.expect(-20) > -40);
  for (let i = 0; i < 100; i++) guard.expect(-120); // 500 ms on its way, and a room's decay
  assert.equal(guard.expect(-120), -Infinity);
});

test('the delay is found to within three frames', () => {
  for (const delayMs of [20, 100, 250, 400]) {
    const played = babbler(15, REPLY_DBFS, 11);
    const heard = together(echoOf(played, { gainDb: -15, delayMs }), hiss(15, ROOM_DBFS));
    const { delay } = listen(played, heard).pipe.guard;
    assert.ok(Math.abs(delay - delayMs / 10) <= 3, `${delayMs} ms: ${delay} frames`);
  }
});

const spoken = process.env.LIVEGATE_REPLY_WAV;
if (spoken) {
  test('a spoken reply ducks nothing either', () => {
    const bytes = readFileSync(spoken).subarray(44);
    const reply = Float32Array.from(
      { length: bytes.length >> 1 },
      (_, i) => bytes.readInt16LE(2 * i) / 32768,
    );
    for (const room of ROOMS) {
      const heard = together(echoOf(reply, room), hiss(reply.length / RATE_HZ, ROOM_DBFS));
      assert.deepEqual(listen(reply, heard).onsets, [], describe(room));
    }
  });
}

if (process.env.LIVEGATE_ECHO_SWEEP) {
  test('sweep: rooms and voices that nothing was tuned with', (context) => {
    const rooms = [
      { gainDb: -10, delayMs: 75, fadeSeconds: 0.4 },
      { gainDb: -12, delayMs: 180, fadeSeconds: 0.3 },
      { gainDb: -14, delayMs: 25, fadeSeconds: 0.6 },
      { gainDb: -17, delayMs: 350, fadeSeconds: 0.35 },
      { gainDb: -20, delayMs: 220, fadeSeconds: 0.2 },
    ];
    let ducks = 0;
    for (const room of rooms) {
      const own = sweepReplies(room, 30);
      const delays = sweepPersons(room, 40);
      const at = (/** @type {number} */ q) => delays[Math.ceil(q * delays.length) - 1];
      const missed = delays.filter((delay) => delay === Infinity).length;
      context.diagnostic(
        `${describe(room)}: ${own} ducks in ${(30 * 27) / 60} minutes of reply; a person is heard` +
          ` after ${at(0.5)} ms, 90 % ${at(0.9)} ms, ${missed} of 40 missed`,
      );
      ducks += own;
    }
    const minutes = (rooms.length * 30 * 27) / 60;
    assert.ok(ducks / minutes < 0.2, `${ducks} ducks in ${minutes} minutes`);
  });
}

/**
 * @param {{gainDb: number, delayMs: number, fadeSeconds: number}} room
 * @param {number} count of 27 s of reply each
 */
function sweepReplies(room, count) {
  let ducks = 0;
  for (let seed = 1001; seed <= 1000 + count; seed++) {
    const played = replies(seed);
    const heard = together(echoOf(played, { ...room, seed }), hiss(30, ROOM_DBFS, seed));
    ducks += listen(played, heard).onsets.length;
  }
  return ducks;
}

/**
 * @param {{gainDb: number, delayMs: number, fadeSeconds: number}} room
 * @param {number} count
 * @returns {number[]} ms, sorted; Infinity: not heard in 1.4 s
 */
function sweepPersons(room, count) {
  const delays = [];
  for (let seed = 2001; seed <= 2000 + count; seed++) {
    const played = babbler(12, REPLY_DBFS, seed);
    const at = 4 + ((seed * 0.137) % 5);
    const person = placed(babbler(1.2, PERSON_DBFS, seed + 5000), at, 12);
    const heard = together(echoOf(played, { ...room, seed }), person, hiss(12, ROOM_DBFS, seed));
    const { onsets } = listen(played, heard);
    const first = onsets.find((time) => time > at && time < at + 1.4) ?? Infinity;
    delays.push(Math.round(1000 * (first - at)));
  }
  return delays.sort((a, b) => a - b);
}
