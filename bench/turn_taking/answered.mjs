// Who is answered, and after how long: each detector, each wire, and apps that tuned the service's
// own detector, on a model that ignores `audioStreamEnd` and waits for silence, as the default one.
//
//   node bench/turn_taking/answered.mjs [--questions N] [--json FILE]
//
// The microphone stays open and streams silence all the time. The wait counts from the last sample
// of the question to the first sound of its answer; the stand-in thinks for 100 ms. Runs the
// program that LIVEGATE_BIN names.

import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { audio, LiveClient } from '../../tests/lib/live_client.mjs';
import { startLivegate } from '../../tests/lib/livegate.mjs';
import { NativeClient } from '../../tests/lib/native_client.mjs';
import { play, silence, speak } from '../../tests/lib/speech.mjs';
import { median, percentile } from '../lib/figures.mjs';

const { values: options } = parseArgs({
  options: { questions: { type: 'string', default: '8' }, json: { type: 'string' } },
});
const MODEL = 'models/gemini-3.8-live';
const TUNED = { realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 700 } } };
const GIVE_UP_MS = 20_000;
const question = speak('what is your name');

/** One conversation; resolves with how long each question waited, Infinity for never. */
async function talk(client, { send, sounds, ended }) {
  let open = true;
  let speaking = false;
  const microphone = (async () => {
    while (open) {
      if (speaking) await wait(20);
      else await play(silence(20), send);
    }
  })();
  const waits = [];
  for (let i = 0; i < Number(options.questions); ++i) {
    await wait(1000);
    speaking = true;
    const before = sounds();
    const turns = ended();
    await play(question, send);
    speaking = false;
    const asked = performance.now();
    const answered = await until(() => sounds() > before);
    waits.push(answered ? performance.now() - asked : Infinity);
    if (answered) await until(() => ended() > turns);
    await wait(1500); // the answer is played
  }
  open = false;
  await microphone;
  client.close();
  return waits;
}

/** Looks every 5 ms: two clients, and no event that both have. */
async function until(holds) {
  const late = performance.now() + GIVE_UP_MS;
  while (!holds() && performance.now() < late) await wait(5);
  return holds();
}

async function native(port) {
  const client = new NativeClient(`ws://127.0.0.1:${port}/v1/live`);
  const ready = await client.start({ rate: 16000 });
  const waits = await talk(client, {
    send: (pcm) => client.socket.send(pcm),
    sounds: () => client.audioBytes,
    ended: () => client.events.filter((event) => event.type === 'turn_complete').length,
  });
  return { waits, mode: ready.turn_taking };
}

async function dropIn(port, more = {}) {
  const client = new LiveClient(port, { key: 'any' });
  await client.start({ setup: { model: MODEL, ...more } });
  const waits = await talk(client, {
    send: (pcm) => client.socket.send(JSON.stringify(audio(pcm))),
    sounds: () => client.frames.filter((frame) => frame.text.includes('inlineData')).length,
    ended: () => client.messages.filter((m) => m.serverContent?.turnComplete).length,
  });
  return { waits, mode: '' };
}

const clients = {
  native,
  'drop-in': dropIn,
  'drop-in, tuned': (port) => dropIn(port, TUNED),
};
const rows = [];
const standin = await startLivegate('answered-standin', [
  ...['offline', '--listen', '127.0.0.1:0', '--log-level', 'off', '--first-audio', '100ms'],
]);
for (const detector of ['auto', 'webrtc', 'energy', 'off']) {
  const gateway = await startLivegate('answered-gateway', [
    ...['serve', '--listen', '127.0.0.1:0', '--log-level', 'error', '--vad', detector],
    ...['--upstream', `ws://127.0.0.1:${standin.port}`],
  ]);
  for (const [name, run] of Object.entries(clients)) {
    const { waits, mode } = await run(gateway.port);
    const row = {
      '--vad': detector,
      client: name,
      mode,
      answered: `${waits.filter(Number.isFinite).length} of ${waits.length}`,
      'p50 ms': Math.round(median(waits)),
      'most ms': Math.round(percentile(waits, 1)),
    };
    rows.push(row);
    console.log(JSON.stringify(row));
  }
  await gateway.stop();
}
await standin.stop();
console.table(rows);
if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
process.exit(0);
