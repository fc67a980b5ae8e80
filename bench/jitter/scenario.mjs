// Replies as they are sent, and when their packets arrive. Decides nothing about playback. Every
// figure is drawn from a seed, so that all players meet the same packets.

export const JITTERS_MS = [0, 20, 60, 150];

/**
 * How a reply leaves its sender. `lengthsMs`: of the first packets, the last one repeated;
 * `pace`: ms of sending per ms of audio; `pauseMs`: before the second packet, in its place.
 */
export const SENDERS = {
  burst: {
    title: 'the service: 200 ms, then 240 ms at a time, four times faster than real time',
    lengthsMs: [200, 240],
    pace: 0.25,
    pauseMs: 0,
  },
  thin: {
    title: 'a thin first packet: 40 ms, a pause of 120 ms, then as the service',
    lengthsMs: [40, 240],
    pace: 0.25,
    pauseMs: 120,
  },
  paced: {
    title: 'a relay that paces: 40 ms at a time in real time',
    lengthsMs: [40],
    pace: 1,
    pauseMs: 0,
  },
};

/** @param {number} seed @returns {() => number} 0..1, the same sequence for the same seed */
export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * What the network adds to one packet. Named after its scale: half of it in the mean, as queues
 * do (exponential); and one packet in fifty is hit by a spike with a heavy tail (Pareto, exponent
 * 1.5, from the named jitter up to ten times that), as a lost segment or a busy radio does.
 * @param {number} jitterMs
 * @param {() => number} random
 */
export function networkDelayMs(jitterMs, random) {
  const queue = -Math.log(1 - random()) * (jitterMs / 2);
  const hit = random() < 0.02;
  const spike = jitterMs * Math.min(10, (1 - random()) ** (-1 / 1.5));
  return hit ? queue + spike : queue;
}

/**
 * One reply's packets in the order of arrival: a WebSocket delivers in order, so whatever follows
 * a late packet waits behind it.
 * @param {keyof typeof SENDERS} sender
 * @param {number} jitterMs
 * @param {() => number} random
 * @returns {{atMs: number, lengthMs: number}[]} times from the moment of sending
 */
export function reply(sender, jitterMs, random) {
  const { lengthsMs, pace, pauseMs } = SENDERS[sender];
  let leftMs = 20 * Math.round((1500 + random() * 8500) / 20); // 1.5 to 10 s
  const packets = [];
  let sentMs = 0;
  let lastMs = 0;
  for (let k = 0; leftMs > 0; k++) {
    const lengthMs = Math.min(leftMs, lengthsMs[Math.min(k, lengthsMs.length - 1)]);
    const atMs = Math.max(lastMs, sentMs + networkDelayMs(jitterMs, random));
    packets.push({ atMs, lengthMs });
    lastMs = atMs;
    sentMs += k === 0 && pauseMs > 0 ? pauseMs : lengthMs * pace;
    leftMs -= lengthMs;
  }
  return packets;
}

/**
 * Conversations of ten replies each.
 * @param {{sender: keyof typeof SENDERS, jitterMs: number, conversations: number, seed: number}} of
 */
export function conversations({ sender, jitterMs, conversations: count, seed }) {
  const random = dice(seed * 7919 + jitterMs * 31 + Object.keys(SENDERS).indexOf(sender));
  return Array.from({ length: count }, () =>
    Array.from({ length: 10 }, () => reply(sender, jitterMs, random)),
  );
}
