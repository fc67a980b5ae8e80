// What hostile clients do to good ones: kind by kind and all kinds at once, with a user's token and
// without one.
//
//   node bench/hostile/run.mjs [--kinds A,B] [--hostile N] [--good N] [--seconds S] [--json FILE]
//                              [--elsewhere] [--cpus GATEWAY/OTHERS]
//
// Good clients talk over sessions of their own and ask every 200 ms how long the gateway takes to
// answer. Each row says how much longer that is beside the attack than before it, what was lost,
// and who was let in meanwhile. Runs the program that LIVEGATE_BIN names.
//
// The attackers share the machine with the gateway and with the clients that are measured. Two
// options separate their part of the delay from the gateway's: `--elsewhere` sends the attack to a
// second gateway, so that the good clients share the machine with it and nothing else; `--cpus 0/1`
// gives the gateway processor 0 and all other processes processor 1.

import { execFileSync, spawn } from 'node:child_process';
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
    elsewhere: { type: 'boolean', default: false },
    cpus: { type: 'string' },
  },
});
const [gatewayCpus, otherCpus] = options.cpus?.split('/') ?? [];
const pin = (pid, cpus) => {
  if (cpus) execFileSync('taskset', ['-a', '-p', '-c', cpus, String(pid)], { stdio: 'ignore' });
};
const USERS = { good: 'token-of-a-good-user', foe: 'token-of-a-hostile-user' };
const script = (name) => fileURLToPath(new URL(name, import.meta.url));

const folder = mkdtempSync(path.join(tmpdir(), 'livegate-hostile-'));
const config = path.join(folder, 'livegate.toml');
writeFileSync(
  config,
  `${gatewayCpus ? `[server]\nthreads = ${gatewayCpus.split(/[-,]/).length}\n` : ''}` +
    `[auth]\ntokens = { good = "${USERS.good}", foe = "${USERS.foe}" }\n[log]\nlevel = "error"\n`,
);
const standin = await startLivegate('hostile-standin', [
  ...['offline', '--listen', '127.0.0.1:0', '--log-level', 'off'],
]);
pin(standin.pid, otherCpus);
async function startGateway(name, cpus) {
  const started = await startLivegate(name, [
    ...['serve', '--listen', '127.0.0.1:0', '--config', config],
    ...['--upstream', `ws://127.0.0.1:${standin.port}`],
  ]);
  pin(started.pid, cpus);
  return started;
}
const gateway = await startGateway('hostile-gateway', gatewayCpus);
const attacked = options.elsewhere ? await startGateway('hostile-elsewhere', otherCpus) : gateway;

const good = spawn('nice', [
  ...['-n', '-5', process.execPath, script('good.mjs')],
  ...[String(gateway.port), options.good, USERS.good],
]);
pin(good.pid, otherCpus);
const seconds = [];
createInterface({ input: good.stdout }).on('line', (line) => seconds.push(JSON.parse(line)));
good.stderr.pipe(process.stderr);

const memory = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))[1]) / 1024;

/** Processor time that a process has taken, in seconds. */
function processorTime(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** How many handlers of all loops took at most so many seconds: [[bound, count]...], and in all. */
async function handlers() {
  const page = await fetch(`${gateway.http}/metrics`).then(
    (response) => response.text(),
    () => '',
  );
  const counts = new Map();
  for (const [, bound, count] of page.matchAll(
    /^livegate_handler_seconds_bucket{.*le="([^"]+)".*} (\d+)$/gm,
  )) {
    counts.set(bound, (counts.get(bound) ?? 0) + Number(count));
  }
  return [...counts].map(([bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), count]);
}

/** The bound in ms below which `share` of the handlers between two looks were. */
function handlerBound(before, after, share) {
  const between = after.map(([bound, count], i) => [bound, count - (before[i]?.[1] ?? 0)]);
  const all = between.at(-1)?.[1] ?? 0;
  const found = between.find(([, count]) => count >= share * all);
  return found ? Number((1000 * found[0]).toFixed(2)) : null;
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
    ...[String(attacked.port), options.hostile, options.seconds, token, kinds],
  ]);
  pin(child.pid, otherCpus);
  child.stderr.pipe(process.stderr);
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  const processes = { gateway, standin, good, attackers: child };
  const spent = () =>
    Object.fromEntries(
      Object.entries(processes).map(([name, { pid }]) => [name, processorTime(pid)]),
    );
  const began = spent();
  let used = began;
  const startedAt = performance.now();
  let peak = memory();
  const watch = setInterval(() => {
    peak = Math.max(peak, memory());
    try {
      used = spent();
    } catch {
      // The attackers are gone.
    }
  }, 100);
  await once(child, 'exit');
  const took = (performance.now() - startedAt) / 1000;
  clearInterval(watch);
  const busy = Object.keys(processes).map((name) =>
    Math.round((100 * (used[name] - began[name])) / took),
  );
  return { peak, busy: busy.join('/'), ...JSON.parse(said || '{}') };
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
    const before = await handlers();
    const foes = await attack(kind, token);
    const after = await handlers();
    const seen = seenSince(from);
    const row = {
      kind: kind.includes(',') ? 'all kinds' : kind,
      token: token !== '-' && inside,
      'p99 ms': round(seen.p99),
      'x quiet': round(seen.p99 / quiet.p99),
      lost: seen.lost,
      'admitted %': round(100 * seen.admitted),
      'healthz %': round(100 * seen.healthy),
      'peak MB': round(foes.peak),
      connections: foes.connections,
      'handler p99.9 <= ms': handlerBound(before, after, 0.999),
      'longest <= ms': handlerBound(before, after, 1),
      'cpu % gateway/model/good/foes': foes.busy,
    };
    rows.push(row);
    console.log(JSON.stringify(row));
    await wait(3000);
  }
}
await wait(Number(process.env.AFTER ?? 60_000));
console.log(`60 s later: ${round(memory())} MB (before ${round(before)} MB)`);
console.table(rows);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ quiet, rows }, null, 2)}\n`);
good.stdin.end();
if (attacked !== gateway) await attacked.stop();
await gateway.stop();
await standin.stop();
