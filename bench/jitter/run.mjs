// Delay and underruns of our player and of four usual ones, on the same packets.
//
//   node bench/jitter/run.mjs [--conversations N] [--seed N] [--json FILE] [--plot FILE]
//
// Needs nothing but node. Each condition is N conversations of ten replies; our player is the real
// PlaybackPipe, which learns from reply to reply. Without --plot no picture is written. What the
// columns mean is told in players.mjs, the packets in scenario.mjs.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { JITTERS_MS, SENDERS, conversations } from './scenario.mjs';
import { adaptive, scheduled } from './players.mjs';
import { plot } from './plot.mjs';

/** Median of seam.mjs in Chromium. */
const SEAM_MS = 9;

const PLAYERS = {
  ours: { title: 'Livegate', play: adaptive },
  fixed100: { title: 'fixed 100 ms', play: scheduled({ waitMs: 100 }) },
  fixed200: { title: 'fixed 200 ms', play: scheduled({ waitMs: 200 }) },
  sources: { title: 'buffer sources, scheduled', play: scheduled({ waitMs: 0 }) },
  chained: { title: 'tutorial: chained', play: scheduled({ waitMs: 0, seamMs: SEAM_MS }) },
};

const { values: options } = parseArgs({
  options: {
    conversations: { type: 'string', default: '300' },
    seed: { type: 'string', default: '20261122' },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
});

const count = Number(options.conversations);
const seed = Number(options.seed);
const rows = [];
for (const sender of Object.keys(SENDERS)) {
  console.log(`\n${SENDERS[sender].title}; ${count * 10} replies a row`);
  console.log(head());
  for (const jitterMs of JITTERS_MS) {
    const heard = conversations({ sender, jitterMs, conversations: count, seed });
    for (const [player, { title, play }] of Object.entries(PLAYERS)) {
      const row = { sender, jitter_ms: jitterMs, player, ...summary(heard.flatMap(play)) };
      rows.push(row);
      console.log(line(title, row));
    }
  }
}
const verdicts = judge(rows);
console.log('\nFewer underruns than fixed 200 ms at less delay than fixed 100 ms?');
for (const { text } of verdicts) console.log(text);
const figures = { seed, conversations: count, seam_ms: SEAM_MS, rows, verdicts };
if (options.json) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
if (options.plot) writeFileSync(options.plot, plot(rows, PLAYERS, SENDERS));

/** @param {import("./players.mjs").Outcome[]} outcomes */
function summary(outcomes) {
  const sum = (of) => outcomes.reduce((total, one) => total + of(one), 0);
  const spread = (of) => {
    const sorted = outcomes.map(of).sort((a, b) => a - b);
    return {
      mean: round(sum(of) / outcomes.length),
      p95: round(sorted[Math.ceil(0.95 * sorted.length) - 1]),
    };
  };
  return {
    replies: outcomes.length,
    first_sound_ms: spread(({ firstMs }) => firstMs),
    delay_ms: spread(({ delayMs }) => delayMs),
    underruns: sum(({ underruns }) => underruns),
    missing_ms: round(sum(({ gapMs }) => gapMs)),
    bridged_ms: round(sum(({ concealedMs }) => concealedMs)),
    replies_with_a_hole: outcomes.filter((one) => one.gapMs - one.concealedMs > 0.5).length,
  };
}

function head() {
  const columns = ['first sound ms', 'delay ms', 'under-', 'missing', 'bridged', 'replies'];
  const below = ['mean   p95', 'mean   p95', 'runs', 'ms', 'ms', 'with hole'];
  const row = (cells) => cells.map((cell, i) => cell.padStart(i < 2 ? 16 : 11)).join('');
  return `${' '.repeat(36)}${row(columns)}\njitter  player${' '.repeat(22)}${row(below)}`;
}

function line(title, row) {
  const pair = ({ mean, p95 }) => `${mean.toFixed(0)} ${p95.toFixed(0).padStart(5)}`.padStart(16);
  const single = (value) => value.toFixed(0).padStart(11);
  const name = `${String(row.jitter_ms).padStart(6)}  ${title}`.padEnd(36);
  const { underruns, missing_ms: missing, bridged_ms: bridged, replies_with_a_hole: holes } = row;
  const rest = [underruns, missing, bridged, holes].map(single).join('');
  return `${name}${pair(row.first_sound_ms)}${pair(row.delay_ms)}${rest}`;
}

/** The claim, condition by condition, in words that do not flatter. */
function judge(all) {
  const found = [];
  for (const sender of Object.keys(SENDERS)) {
    for (const jitterMs of JITTERS_MS) {
      const of = (player) =>
        all.find((r) => r.sender === sender && r.jitter_ms === jitterMs && r.player === player);
      const [ours, fixed100, fixed200] = ['ours', 'fixed100', 'fixed200'].map(of);
      const less = ours.delay_ms.mean < fixed100.delay_ms.mean;
      const fewer = Math.sign(ours.underruns - fixed200.underruns);
      const word = ['fewer', 'as many', 'MORE'][fewer + 1];
      const text =
        `  ${sender.padEnd(6)} ${String(jitterMs).padStart(4)} ms: ${word} underruns ` +
        `(${ours.underruns} to ${fixed200.underruns}) at ${less ? 'less' : 'MORE'} delay ` +
        `(${ours.delay_ms.mean.toFixed(0)} to ${fixed100.delay_ms.mean.toFixed(0)} ms)`;
      found.push({ sender, jitter_ms: jitterMs, underruns: word, less_delay: less, text });
    }
  }
  return found;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
