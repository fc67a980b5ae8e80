// The players that are compared. Each takes one conversation (replies of packets) and says of
// every reply: `firstMs` from the first packet's arrival to the first sound; `delayMs`, averaged
// over the reply's audio, by which it sounds later than a player without any wait would play it on
// a perfect network; `underruns`, how often audio was missing, and `gapMs`, for how long;
// `concealedMs`, how much of that was bridged. Ours is the real PlaybackPipe, fed block by block;
// the others are the usual page code, as arithmetic.

import { PlaybackPipe } from '../../web/lib/playback_pipe.js';

const RATE_HZ = 24000;
const BLOCK = 128;
const BLOCK_MS = (1000 * BLOCK) / RATE_HZ;

/** @typedef {{atMs: number, lengthMs: number}} Packet */
/**
 * @typedef {{firstMs: number, delayMs: number, underruns: number, gapMs: number,
 *   concealedMs: number}} Outcome
 */

/**
 * `waitMs` after the first packet it begins. A packet that comes too late sounds as soon as it is
 * there (`nextTime = Math.max(now, nextTime)`), or, with `refill`, after another wait. `seamMs`:
 * what lies between two packets that are chained by `onended`.
 * @param {{waitMs: number, refill?: boolean, seamMs?: number}} options
 * @returns {(replies: Packet[][]) => Outcome[]}
 */
export function scheduled({ waitMs, refill = false, seamMs = 0 }) {
  return (replies) =>
    replies.map((packets) => scheduledReply(packets, { waitMs, refill, seamMs }));
}

function scheduledReply(packets, { waitMs, refill, seamMs }) {
  const firstAt = packets[0].atMs;
  let next = firstAt + waitMs;
  let media = 0;
  let weighted = 0;
  let underruns = 0;
  let gapMs = 0;
  packets.forEach(({ atMs, lengthMs }, k) => {
    let start = k === 0 ? next : next + seamMs;
    if (atMs > start) {
      underruns++;
      start = atMs + (refill ? waitMs : 0);
    }
    if (k > 0) gapMs += start - next;
    weighted += (start - firstAt - media) * lengthMs;
    media += lengthMs;
    next = start + lengthMs;
  });
  return { firstMs: waitMs, delayMs: weighted / media, underruns, gapMs, concealedMs: 0 };
}

/** A voice-like tone that is never silent: 140 Hz and its overtones. */
function voice(count) {
  return Int16Array.from({ length: count }, (_, i) => {
    const phase = (2 * Math.PI * 140 * i) / RATE_HZ;
    const value = Math.sin(phase) + 0.5 * Math.sin(2 * phase + 1) + 0.3 * Math.sin(5 * phase + 2);
    return Math.round(9000 * value) || 1;
  });
}
const VOICE = voice(RATE_HZ * 12);

/** The real pipe, one for the conversation. @param {Packet[][]} replies @returns {Outcome[]} */
export function adaptive(replies) {
  const pipe = new PlaybackPipe(RATE_HZ);
  const page = { pipe, block: 0, output: new Float32Array(BLOCK) };
  return replies.map((packets, index) => adaptiveReply(page, packets, index + 1));
}

function adaptiveReply(page, packets, turn) {
  const { pipe, output } = page;
  const { queue } = pipe;
  const before = { underruns: queue.underruns, concealed: queue.concealed };
  const fromMs = page.block * BLOCK_MS - packets[0].atMs;
  const totalMs = packets.reduce((sum, { lengthMs }) => sum + lengthMs, 0);
  const total = Math.round((totalMs * RATE_HZ) / 1000);
  const arrivedAt = fromMs + packets[0].atMs;
  let pushed = 0;
  let k = 0;
  let played = 0;
  let weighted = 0;
  let firstMs = -1;
  let silent = 0;
  for (;;) {
    const nowMs = page.block * BLOCK_MS;
    for (; k < packets.length && fromMs + packets[k].atMs <= nowMs + 1e-9; k++) {
      const count = Math.round((packets[k].lengthMs * RATE_HZ) / 1000);
      const bytes = VOICE.slice(pushed, pushed + count).buffer;
      pipe.command({ type: 'push', turn, bytes }, nowMs / 1000);
      pushed += count;
      if (k === packets.length - 1) pipe.command({ type: 'end', turn }, nowMs / 1000);
    }
    pipe.render(output, nowMs / 1000);
    page.block++;
    const now = queue.playedOf.get(turn) ?? 0;
    const used = now - played;
    if (used > 0) {
      if (firstMs < 0) firstMs = nowMs - arrivedAt;
      weighted += (nowMs - arrivedAt - (1000 * played) / RATE_HZ) * used;
    }
    if (firstMs >= 0 && now < total) silent += zeros(output);
    played = now;
    if (played >= total) break;
  }
  for (let i = 0; i < 40; i++, page.block++) pipe.render(output, page.block * BLOCK_MS); // 0.2 s
  const concealedMs = (1000 * (queue.concealed - before.concealed)) / RATE_HZ;
  return {
    firstMs,
    delayMs: weighted / total,
    underruns: queue.underruns - before.underruns,
    gapMs: (1000 * silent) / RATE_HZ + concealedMs,
    concealedMs,
  };
}

function zeros(output) {
  let count = 0;
  for (const value of output) if (value === 0) count++;
  return count;
}
