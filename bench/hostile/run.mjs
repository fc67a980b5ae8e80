// What hostile clients do to good ones: kind by kind and all kinds at once, with a user's token and
// without one.
//
//   node bench/hostile/run.mjs [--kinds A,B] [--hostile N] [--good N] [--seconds S] [--json FILE]
//
// Good clients talk over sessions of their own and ask every 200 ms how long the gateway takes to
// answer. Each row says how much longer that is beside the attack than before it, what was lost,
// and who was let in meanwhile. The attackers share the machine: a part of the delay is theirs, as
// `nice` only helps so far. Runs the program that LIVEGATE_BIN names.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startLivegate } from '../../tests/lib/livegate.mjs';
import { percentile } from '../lib/figures.mjs';
import { KINDS } from './kinds.mjs';

const { values: options } = parseArgs({
  options: {
    kinds: { type: 'string', default: Object.keys(KINDS).join(',') },
    hostile: { type: 'string', default: '1000' },
    good: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
});
const USERS = { good: 'token-of-a-good-user', foe: 'token-of-a-hostile-user' };
const script = (name) => fileURLToPath(new URL(name, import.meta.url));

const folder = mkdtempSync(path.join(tmpdir(), 'livegate-hostile-'));
const config = path.join(folder, 'livegate.toml');
writeFileSync(
  config,
  `[auth]\ntokens = { good = "${USERS.good}", foe = "${USERS.foe}" }\n[log]\nlevel = "error"\n`,
);
const standin = await startLivegate('hostile-standin', [
  ...['offline', '--listen', '127.0.0.1:0', '--log-level', 'off'],
]);
const gateway = await startLivegate('hostile-gateway', [
  ...['serve', '--listen', '127.0.0.1:0', '--config', config],
  ...['--upstream', `ws://127.0.0.1:${standin.port}`],
]);

const good = spawn('nice', [
  ...['-n', '-5', process.execPath, script('good.mjs')],
  ...[String(gateway.port), options.good, USERS.good],
]);
const seconds = [];
createInterface({ input: good.stdout }).on('line', (line) => seconds.push(JSON.parse(line)));
good.stderr.pipe(process.stderr);

const memory = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))[1]) / 1024;

async function longestHandler() {
  const page = await fetch(`${gateway.http}/metrics`).then(
    (response) => response.text(),
    () => '',
  );
  const values = [...page.matchAll(/^livegate_handler_longest_seconds\S* (\S+)$/gm)];
  return values.length === 0 ? null : 1000 * Math.max(...values.map((each) => Number(each[1])));
}

/** What the good clients saw from second `from` on. */
function seenSince(from) {
  const rows = seconds.slice(from);
  const sum = (key) => rows.reduce((all, row) => all + row[key], 0);
  const delays = rows.flatMap((row) => row.delays);
  return {
    p50: percentile(delays, 0.5),
    p99: percentile(delays, 0.99),
    lost: sum('lost'),
    admitted: sum('begun') / Math.max(1, sum('begun') + sum('notBegun')),
    healthy: sum('healthy') / Math.max(1, sum('healthy') + sum('unhealthy')),
  };
}

async function attack(kinds, token) {
  const child = spawn('nice', [
    ...['-n', '15', process.execPath, script('attack.mjs')],
    ...[String(gateway.port), options.hostile, options.seconds, token, kinds],
  ]);
  child.stderr.pipe(process.stderr);
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  let peak = memory();
  const watch = setInterval(() => (peak = Math.max(peak, memory())), 100);
  await once(child, 'exit');
  clearInterval(watch);
  return { peak, ...JSON.parse(said || '{}') };
}

await wait(1000 * (Number(options.good) / 50 + 3));
const quietFrom = seconds.length;
await wait(1000 * Number(options.seconds));
const quiet = seenSince(quietFrom);
const before = memory();
const round = (value, digits = 1) => (value == null ? null : Number(value.toFixed(digits)));
console.log(
  `${options.good} good sessions alone: p50 ${round(quiet.p50, 2)} ms, ` +
    `p99 ${round(quiet.p99, 2)} ms, lost ${quiet.lost}, ` +
    `admitted ${round(100 * quiet.admitted)} %, ${round(before)} MB`,
);

const kinds = options.kinds.split(',');
const rows = [];
for (const kind of [...kinds, kinds.join(',')]) {
  const inside = kind.includes(',') || KINDS[kind].inside;
  for (const token of inside ? [USERS.foe, '-'] : [USERS.foe]) {
    const from = seconds.length;
    const attacked = await attack(kind, token);
    const seen = seenSince(from);
    const row = {
      kind: kind.includes(',') ? 'all kinds' : kind,
      token: token !== '-' && inside,
      'p99 ms': round(seen.p99),
      'x quiet': round(seen.p99 / quiet.p99),
      lost: seen.lost,
      'admitted %': round(100 * seen.admitted),
      'healthz %': round(100 * seen.healthy),
      'peak MB': round(attacked.peak),
      connections: attacked.connections,
      'longest handler ms': round(await longestHandler()),
    };
    rows.push(row);
    console.log(JSON.stringify(row));
    await wait(3000);
  }
}
await wait(60_000);
console.log(`60 s later: ${round(memory())} MB (before ${round(before)} MB)`);
console.table(rows);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ quiet, rows }, null, 2)}\n`);
good.stdin.end();
await gateway.stop();
await standin.stop();
