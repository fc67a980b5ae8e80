// Forced hand-overs over real sockets: what is lost, and how long the model is away.
//
//   node bench/hand_over/moves.mjs [--moves N] [--callers N] [--age MS] [--json FILE]
//
// A stand-in that ends every connection after two seconds, callers who speak nearly all the time,
// and a gateway between them. What the gateway says that it sent must be what the stand-in heard,
// sample for sample and tool result for tool result. Runs the program that LIVEGATE_BIN names.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startLivegate } from '../../tests/lib/livegate.mjs';
import { percentile } from '../lib/figures.mjs';
import { Caller, sentences } from './caller.mjs';

const { values: options } = parseArgs({
  options: {
    moves: { type: 'string', default: '1000' },
    callers: { type: 'string', default: '30' },
    age: { type: 'string', default: '2000' },
    json: { type: 'string' },
  },
});
const wanted = Number(options.moves);

const standin = await startLivegate('hand-over-standin', [
  ...['offline', '--listen', '127.0.0.1:0', '--log-level', 'off', '--threads', '2'],
  ...['--connection-age', `${options.age}ms`, '--go-away-before', '600ms'],
]);
const gateway = await startLivegate('hand-over-gateway', [
  ...['serve', '--listen', '127.0.0.1:0', '--log-level', 'warn'],
  ...['--upstream', `ws://127.0.0.1:${standin.port}`],
]);

sentences();
const callers = Array.from({ length: Number(options.callers) }, () => new Caller(gateway.native));
await Promise.all(callers.map((caller) => caller.begin()));
const moves = () => callers.reduce((sum, caller) => sum + caller.gaps.length, 0);
const report = setInterval(() => console.log(`${moves()} of ${wanted} hand-overs`), 5000);
await Promise.all(callers.map((caller, i) => caller.talk(() => moves() >= wanted, 1500, i)));
clearInterval(report);
// What is under way arrives: every caller's last answer, or a pause without one.
await Promise.all(callers.map((caller) => caller.talk(one(), 4000)));
const lost = callers.filter((caller) => caller.closed).length;
for (const caller of callers) caller.send({ type: 'stop' });
await Promise.all(callers.map((caller) => caller.isClosed()));

const counted = await metrics(gateway);
const heard = (await (await fetch(`${standin.http}/stats`)).json()).total;
const sent = counted('livegate_forwarded_samples_total');
const repeated = counted('livegate_repeated_samples_total');
const gaps = callers.flatMap((caller) => caller.gaps);
const inSpeech = gaps.filter((gap) => gap.speaking);
const sum = (of) => callers.reduce((total, caller) => total + of(caller), 0);
const figures = {
  hand_overs: gaps.length,
  in_mid_speech: inSpeech.length,
  moved_in_time: counted('livegate_upstream_moves_total'),
  lost_first: counted('livegate_upstream_losses_total'),
  samples_sent: sent,
  samples_said_again: repeated,
  samples_heard_by_the_stand_in: heard.audio_samples,
  samples_lost: sent + repeated - heard.audio_samples,
  samples_dropped: counted('livegate_dropped_total{what="speech_samples"}'),
  stale_bytes: sum((caller) => caller.staleBytes),
  tool_calls_to_clients: sum((caller) => caller.toolCalls),
  tool_calls_of_the_model: heard.tool_calls,
  tool_calls_cancelled: heard.tool_calls_cancelled,
  tool_results_awaited: heard.tool_responses_awaited,
  turns_complete: sum((caller) => caller.events.filter((e) => e.type === 'turn_complete').length),
  away_ms: spread(gaps),
  away_in_speech_ms: spread(inSpeech),
  callers_lost: lost,
};
console.log(JSON.stringify(figures, null, 2));
if (options.json) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
await gateway.stop();
await standin.stop();
process.exit(figures.samples_lost === 0 && figures.stale_bytes === 0 ? 0 : 1);

/** True from the second time on. */
function one() {
  let asked = false;
  return () => (asked ? true : ((asked = true), false));
}

function spread(of) {
  const ms = of.map((gap) => gap.ms);
  const at = (share) => Math.round(percentile(ms, share) ?? 0);
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

async function metrics({ http }) {
  const text = await (await fetch(`${http}/metrics`)).text();
  return (name) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1] ?? 0,
    );
}
