// What is heard and what is lost when something breaks in mid-word.
//
//   node bench/hand_over/broken.mjs [--network]
//
// The model's process is killed and comes back a second later without any memory; the client's
// connection is cut in mid-reply and comes back after 20 s; with --network (as root) the model's
// network drops every packet for six seconds. Runs the program that LIVEGATE_BIN names.

import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BIN, startLivegate, within } from '../../tests/lib/livegate.mjs';
import { ResumeClient } from '../../tests/lib/resume_client.mjs';
import { play, silence } from '../../tests/lib/speech.mjs';
import { Caller, sentences } from './caller.mjs';

const { values: options } = parseArgs({ options: { network: { type: 'boolean' } } });
const [, , LONG_SENTENCE] = sentences();
const DROPPED_MS = 6000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const show = (row) => console.log(JSON.stringify(row, null, 1));

const modelOf = (listen = '127.0.0.1:0') =>
  startLivegate('broken-model', ['offline', '--listen', listen, '--log-level', 'off']);
const gatewayTo = (address) =>
  startLivegate('broken-gateway', [
    ...['serve', '--listen', '127.0.0.1:0', '--log-level', 'info'],
    ...['--upstream', `ws://${address}`],
  ]);

/** Says a sentence in the middle of which `breaks()` happens; what came of it. */
async function sayThrough(what, gateway, breaks) {
  const caller = new Caller(gateway.native);
  await caller.begin();
  await caller.talk(once(), 3000, 1); // a first exchange, so that there is something to forget
  const from = caller.events.length;
  const broken = wait(1000).then(breaks);
  await play(LONG_SENTENCE, (frame) => caller.socket.send(frame));
  const ended = performance.now();
  const answer = caller.until(
    () => caller.events.slice(from).find((e) => e.type === 'turn_started'),
    'an answer',
  );
  let talking = true;
  const quiet = (async () => {
    while (talking) await play(silence(200), (frame) => caller.socket.send(frame));
  })();
  await answer.catch(() => {});
  const answered = performance.now();
  await broken;
  await wait(3000);
  talking = false;
  await quiet;
  const after = caller.events.slice(from);
  const back = after.find((e) => e.type === 'reconnected');
  show({
    broken: what,
    'away ms': Math.round(caller.gaps.at(-1)?.ms ?? 0),
    'speech lost ms': back?.dropped_ms ?? 0,
    remembered: back ? (back.resumed ? 'by the model' : 'told again') : '-',
    'words understood': after
      .filter((e) => e.type === 'transcript' && e.role === 'user')
      .map((e) => e.text)
      .join('')
      .trim(),
    'answer after ms': Math.round(answered - ended),
    answers: after.filter((e) => e.type === 'turn_started').length,
  });
  caller.close();
}

async function killedModel() {
  const model = await modelOf();
  const address = `127.0.0.1:${model.port}`;
  const gateway = await gatewayTo(address);
  let again = null;
  await sayThrough('model: kill -9, back after 1 s', gateway, async () => {
    process.kill(model.pid, 'SIGKILL');
    await wait(1000);
    again = await modelOf(address);
  });
  await gateway.stop();
  await again.stop();
}

async function cutClient() {
  const model = await modelOf();
  const gateway = await gatewayTo(`127.0.0.1:${model.port}`);
  const client = new ResumeClient(gateway.native);
  await client.start();
  client.send({ type: 'text', text: 'tell me a story' });
  await client.until(() => client.audio.length > 48000, 'a second of the reply');
  const before = client.audio.length;
  client.cut();
  await wait(20000);
  const answer = await client.comeBack();
  await client.event('turn_complete');
  const whole = new ResumeClient(gateway.native); // the same question, unbroken
  await whole.start();
  whole.send({ type: 'text', text: 'tell me a story' });
  await whole.event('turn_complete');
  show({
    broken: 'client: gone for 20 s in mid-reply',
    resumed: answer.resumed === true,
    'heard before ms': Math.round(before / 48),
    'heard after ms': Math.round((client.audio.length - before) / 48),
    'unbroken ms': Math.round(whole.audio.length / 48),
  });
  client.cut();
  whole.cut();
  await gateway.stop();
  await model.stop();
}

/** The model in a network of its own, behind a link that can be made to lose everything. */
async function droppedPackets() {
  const ip = (...args) => execFileSync('ip', args);
  const name = 'livegate-bench';
  ip('netns', 'add', name);
  try {
    ip('link', 'add', 'lgbench0', 'type', 'veth', 'peer', 'name', 'lgbench1', 'netns', name);
    ip('addr', 'add', '10.213.7.1/24', 'dev', 'lgbench0');
    ip('link', 'set', 'lgbench0', 'up');
    for (const args of [
      ['addr', 'add', '10.213.7.2/24', 'dev', 'lgbench1'],
      ['link', 'set', 'lgbench1', 'up'],
    ]) {
      ip('-n', name, ...args);
    }
    const model = spawn('ip', [
      ...['netns', 'exec', name, path.resolve(BIN), 'offline'],
      ...['--listen', '10.213.7.2:8081', '--log-level', 'off'],
    ]);
    await within(new Promise((resolve) => model.stdout.once('data', resolve)), 'the model');
    const gateway = await gatewayTo('10.213.7.2:8081');
    // Both ends take the other for somebody who is not there: nothing is refused, all is lost.
    const nobody = (verb, ...address) => [
      ['neigh', verb, '10.213.7.2', ...address, 'dev', 'lgbench0'],
      ['-n', name, 'neigh', verb, '10.213.7.1', ...address, 'dev', 'lgbench1'],
    ];
    await sayThrough('network: all packets dropped for 6 s', gateway, async () => {
      const away = ['lladdr', '02:00:00:00:00:09', 'nud', 'permanent'];
      for (const args of nobody('replace', ...away)) ip(...args);
      await wait(DROPPED_MS);
      for (const args of nobody('del')) ip(...args);
    });
    await gateway.stop();
    model.kill('SIGKILL');
  } finally {
    ip('netns', 'del', name);
  }
}

function once() {
  let asked = false;
  return () => asked || ((asked = true), false);
}

await killedModel();
await cutClient();
if (options.network) await droppedPackets();
process.exit(0);
