// A model that leaves half of its turns unanswered: how many questions get an answer, and when.
//
//   node bench/hand_over/stalls.mjs [--spoken] [--questions N] [--callers N] [--freeze 0-1]
//     [--json FILE]
//
// The same questions with the stall doctor and without, against a stand-in as fast as the embedded
// assistant and against one as slow as the service. The callers begin one after the other, as they
// do in life: the first ones find out how fast this model is. A typed question waits from when it
// is sent, a spoken one from its last sample. Runs the program that LIVEGATE_BIN names.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startLivegate } from '../../tests/lib/livegate.mjs';
import { percentile } from '../lib/figures.mjs';
import { speak } from '../../tests/lib/speech.mjs';
import { Caller, Microphone } from './caller.mjs';

const { values: options } = parseArgs({
  options: {
    questions: { type: 'string', default: '20' },
    callers: { type: 'string', default: '20' },
    spoken: { type: 'boolean', default: false },
    freeze: { type: 'string', default: '0.5' },
    json: { type: 'string' },
  },
});
const ANSWER_BY_MS = 4000;
const GIVE_UP_MS = 30000;
const BEGIN_EVERY_MS = 1000;

const QUESTION = 'what is your name';
const spoken = options.spoken ? speak(QUESTION) : null;

const folder = mkdtempSync(path.join(tmpdir(), 'livegate-stalls-'));
const rows = [];
for (const firstAudio of ['100ms', '1200ms']) {
  for (const doctor of [false, true]) {
    rows.push(await run(firstAudio, doctor));
    console.log(JSON.stringify(rows.at(-1)));
  }
}
console.table(rows);
if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
process.exit(0);

async function run(firstAudio, doctor) {
  const standin = await startLivegate('stalls-standin', [
    ...['offline', '--listen', '127.0.0.1:0', '--log-level', 'off'],
    ...['--first-audio', firstAudio, '--fault', `freeze=${options.freeze}`],
  ]);
  const config = path.join(folder, `${firstAudio}-${doctor}.toml`);
  writeFileSync(config, `[stall]\nenabled = ${doctor}\n`);
  const gateway = await startLivegate('stalls-gateway', [
    ...['serve', '--listen', '127.0.0.1:0', '--log-level', 'error', '--config', config],
    ...['--upstream', `ws://127.0.0.1:${standin.port}`],
  ]);
  const callers = [];
  const talks = Array.from({ length: Number(options.callers) }, async (_, i) => {
    await wait(i * BEGIN_EVERY_MS);
    const caller = new Caller(gateway.native);
    callers.push(caller);
    await caller.begin();
    return ask(caller, doctor);
  });
  const waits = (await Promise.all(talks)).flat();
  for (const caller of callers) caller.close();
  await gateway.stop();
  await standin.stop();
  const share = (limit) =>
    `${((100 * waits.filter((ms) => ms <= limit).length) / waits.length).toFixed(1)} %`;
  return {
    'first audio': firstAudio,
    doctor: doctor ? 'on' : 'off',
    questions: waits.length,
    'within 4 s': share(ANSWER_BY_MS),
    'within 8 s': share(2 * ANSWER_BY_MS),
    'at all': share(GIVE_UP_MS),
    'p50 ms': Math.round(percentile(waits, 0.5)),
    'p95 ms': Math.round(percentile(waits, 0.95)),
    'replies to one question': Math.max(...callers.map((caller) => caller.doubles ?? 0)) + 1,
  };
}

/** One question after the other; how long each waited for the first sound of its answer. */
async function ask(caller, doctor) {
  const waits = [];
  const microphone = spoken && new Microphone(caller);
  for (let i = 0; i < Number(options.questions); i += 1) {
    const from = caller.events.length;
    const began = spoken ? await microphone.say(spoken) : performance.now();
    if (!spoken) await caller.send({ type: 'text', text: QUESTION });
    const answer = await firstSound(caller, doctor ? GIVE_UP_MS : ANSWER_BY_MS + 1000);
    waits.push(answer ? performance.now() - began : Infinity);
    if (!answer) continue;
    await caller.event('turn_complete', from);
    const replies = caller.events.slice(from).filter((e) => e.type === 'turn_complete');
    caller.doubles = Math.max(caller.doubles ?? 0, replies.length - 1);
  }
  return waits;
}

function firstSound(caller, limitMs) {
  const bytes = caller.audioBytes;
  const sound = caller.found(() => caller.audioBytes > bytes);
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  return Promise.race([sound, late]).finally(() => clearTimeout(timer));
}
