// The recording recorder over real sockets: sessions that are written down as they happen are held
// again to the bit, and nothing stands in the files that may not.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient, audio, silent } from '../lib/live_client.mjs';
import { metric, runLivegate, serve, untilMetric, within } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';
import { ResumeClient } from '../lib/resume_client.mjs';

const KEY = 'test-key-9f2c';
const ALICE = 'alice-token-7c1e';
const HANDLE = 'handle-w8x3-of-the-model';
const AUTHORIZED = { headers: { Authorization: `Bearer ${ALICE}` } };

// Who says what, and where it travels.
const INSTRUCTION = 'tell me a story';
const TYPED = 'good morning';
const HEARD = 'dim the living room lights';
const REPLY = 'the committee adjourned without a decision on thursday';
const ARGUMENT = 'turn on the kitchen light';
const RESULT = 'turn off all the lights';
const WORDS = [INSTRUCTION, TYPED, HEARD, REPLY, ARGUMENT, RESULT];

/** Loud noise, for which the detector `energy` takes it: no piece of it comes twice. */
function noise(bytes, seed) {
  const samples = new Int16Array(bytes / 2);
  let state = seed;
  for (let i = 0; i < samples.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    samples[i] = state >> 17;
  }
  return Buffer.from(samples.buffer);
}
const VOICE = noise(32 * 600, 1); // 600 ms at 16 kHz
const SOUND = noise(48 * 10000, 2); // 10 s at 24 kHz

const frames = (pcm) =>
  Array.from({ length: pcm.length / 640 }, (_, i) => pcm.subarray(640 * i, 640 * (i + 1)));

let model;
before(async () => (model = await startFakeModel({ onMessage: () => {} })));
const ALL = mkdtempSync(path.join(tmpdir(), 'livegate-recorder-'));
const newFolder = () => mkdtempSync(path.join(ALL, 'a-'));
after(() => {
  model.close();
  rmSync(ALL, { recursive: true });
});
const connection = () => model.connections.at(-1);
const heardByModel = (find, what) =>
  within(
    model.until(() => connection().messages.some(find)),
    what,
  );

/** A gateway that records into a folder of its own; `recorder` are more lines of its section. */
async function recording(name, recorder = '') {
  const folder = newFolder();
  const dir = path.join(folder, 'recordings');
  const config = path.join(folder, 'gate.toml');
  writeFileSync(
    config,
    `[server]\nthreads = 2\n[upstream]\nurl = "${model.url}"\nbackoff_base_ms = 10\n` +
      `[vad]\ndetector = "energy"\n[auth]\ntokens = { alice = "${ALICE}" }\n` +
      `[recorder]\ndir = "${dir}"\n${recorder}\n`,
  );
  const gateway = await serve(`recorder_${name}`, ['--config', config], { GEMINI_API_KEY: KEY });
  return { ...gateway, dir };
}
/** Its files, once it has ended and all is written. */
async function filesOf(gateway) {
  assert.equal(await gateway.stop(), 0);
  return readdirSync(gateway.dir).map((name) => path.join(gateway.dir, name));
}
const fileOf = (gateway, session) => path.join(gateway.dir, `${session}.flight`);
const replay = (file, ...more) => runLivegate(['replay', file, ...more]);

async function isTheSame(file) {
  const { code, stdout, stderr } = await replay(file);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^\d+ events in .*: the same to the bit\.\n$/);
}

const counted = (gateway, what) => metric(gateway, `livegate_recordings_total{what="${what}"}`);
/** All that there was to say has been handed to the disk. */
const areOver = (gateway) => untilMetric(gateway, 'livegate_sessions_open', 0);

function sing(pcm, text) {
  const data = pcm.toString('base64');
  const parts = [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }];
  connection().say({
    serverContent: { modelTurn: { parts }, outputTranscription: { text } },
  });
}
function completes() {
  connection().say({ serverContent: { generationComplete: true } });
  connection().say({ serverContent: { turnComplete: true } });
}

const TOOL = {
  name: 'dim',
  description: INSTRUCTION,
  parameters: { type: 'OBJECT', properties: { wish: { type: 'STRING' } } },
};
const CALL = { toolCall: { functionCalls: [{ id: 'c1', name: 'dim', args: { wish: ARGUMENT } }] } };

/** Speech, a reply that is cut into, a tool call, a lost model, a typed line, and the end. */
async function converse(gateway) {
  const client = new NativeClient(gateway.native, AUTHORIZED);
  const { session, resume } = await client.start({
    system_instruction: INSTRUCTION,
    tools: [TOOL],
    echo_cancellation: true,
  });
  connection().say({ sessionResumptionUpdate: { newHandle: HANDLE, resumable: true } });
  const speaks = async () => {
    for (const frame of [...frames(VOICE), ...frames(silent(1000))]) await client.send(frame);
  };
  await speaks();
  await client.event('speech_ended');
  connection().say({ serverContent: { inputTranscription: { text: HEARD } } });
  sing(SOUND, REPLY);
  await client.until(() => client.audioBytes >= SOUND.length, 'the reply');
  await speaks();
  await client.event('interrupted');
  connection().say({ serverContent: { interrupted: true } });
  completes();
  await client.event('turn_complete');

  await client.send({ type: 'text', text: TYPED });
  await heardByModel((m) => m.realtimeInput?.text === TYPED, 'the typed line');
  connection().say(CALL);
  const { id } = await client.event('tool_call');
  await client.send({ type: 'tool_result', id, result: { said: RESULT } });
  await heardByModel((m) => m.toolResponse, 'the result');
  sing(SOUND.subarray(0, 9600), REPLY);
  await client.until(() => client.events.filter((e) => e.type === 'turn_started')[1], 'a turn');
  await client.send({ type: 'interrupt' });
  await client.until(() => client.events.filter((e) => e.type === 'interrupted')[1], 'the cut');

  connection().socket.terminate();
  assert.equal((await client.event('reconnected')).resumed, true);
  await client.send({ type: 'text', text: TYPED });
  await heardByModel((m) => m.realtimeInput?.text === TYPED, 'the line after the loss');
  const from = client.events.length;
  sing(SOUND.subarray(0, 9600), REPLY);
  completes();
  await client.event('turn_complete', from);
  await client.send({ type: 'stop' });
  await client.isClosed();
  return { session, token: resume.token };
}

/** The same on the Live API's wire. */
async function converseLive(gateway) {
  const client = new LiveClient(gateway.port, { key: ALICE });
  await client.start({
    setup: {
      model: 'models/gemini-3.8-live',
      systemInstruction: { parts: [{ text: INSTRUCTION }] },
      tools: [{ functionDeclarations: [TOOL] }],
      sessionResumption: {},
    },
  });
  const token = await handleOf(client);
  for (const frame of [...frames(VOICE), ...frames(silent(1000))]) await client.send(audio(frame));
  await heardByModel((m) => m.realtimeInput?.audioStreamEnd, 'the end of the speech');
  connection().say({ serverContent: { inputTranscription: { text: HEARD } } });
  sing(SOUND, REPLY);
  await client.message((m) => m.serverContent?.modelTurn, 'the reply');
  connection().say({ serverContent: { interrupted: true } });
  completes();
  await client.message((m) => m.serverContent?.turnComplete, 'the end of the turn');

  await client.send({ realtimeInput: { text: TYPED } });
  await heardByModel((m) => m.realtimeInput?.text === TYPED, 'the typed line');
  connection().say(CALL);
  await client.message((m) => m.toolCall, 'the call');
  const answer = { id: 'c1', name: 'dim', response: { said: RESULT } };
  await client.send({ toolResponse: { functionResponses: [answer] } });
  await heardByModel((m) => m.toolResponse, 'the result');

  const lost = connection();
  lost.socket.terminate();
  await within(
    model.until(() => connection() !== lost && connection().setup),
    'another connection to the model',
  );
  const from = client.messages.length;
  sing(SOUND.subarray(0, 9600), REPLY);
  completes();
  await client.message((m) => m.serverContent?.turnComplete, 'the end of the next turn', from);
  client.socket.close(1000);
  await client.isClosed();
  return { session: token.split('.')[0], token };
}
/** The handle that a client is given in place of the model's. */
async function handleOf(client) {
  connection().say({ sessionResumptionUpdate: { newHandle: HANDLE, resumable: true } });
  const isUpdate = (m) => m.sessionResumptionUpdate?.newHandle;
  return (await client.message(isUpdate, 'a handle')).sessionResumptionUpdate.newHandle;
}

/** A session whose connection breaks in mid-reply and that goes on over another. */
async function comeBack(gateway) {
  const client = new ResumeClient(gateway.native, AUTHORIZED);
  const { session, resume } = await client.start();
  client.send({ type: 'text', text: TYPED });
  sing(SOUND, REPLY);
  await client.until(() => client.audio.length > 0, 'the reply');
  client.cut();
  completes();
  const back = await client.comeBack();
  assert.equal(back.resumed, true);
  client.send({ type: 'text', text: TYPED });
  await client.event('turn_complete');
  client.write({ type: 'stop' });
  await client.isClosed();
  return { session, tokens: [resume.token, back.resume.token] };
}
async function comeBackLive(gateway) {
  const setup = { model: 'models/gemini-3.8-live' };
  const client = new LiveClient(gateway.port, { key: ALICE });
  await client.start({ setup: { ...setup, sessionResumption: {} } });
  const handle = await handleOf(client);
  client.close();
  const back = new LiveClient(gateway.port, { key: ALICE });
  await back.start({ setup: { ...setup, sessionResumption: { handle } } });
  sing(SOUND, REPLY);
  completes();
  await back.message((m) => m.serverContent?.turnComplete, 'a reply over the new connection');
  back.socket.close(1000);
  await back.isClosed();
  return { session: handle.split('.')[0], tokens: [handle] };
}

/** In base64 it may begin at any of three places; the outer letters hold bits of the neighbours. */
function formsOf(bytes) {
  const encoded = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.replace(/=+$/, '').slice([0, 2, 3][shift], -1);
  });
  return [bytes, ...encoded];
}
const holds = (file, what) => formsOf(Buffer.from(what)).some((form) => file.includes(form));
/** CRC-32 of more bytes, after `before`. */
function crc32(bytes, before) {
  let crc = ~before;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; ++i) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
/** A recording with other entries, and checks that agree with them (src/recording/frame.h). */
function rewritten(file, change) {
  const copy = Buffer.from(file);
  let crc = 0;
  let from = 0;
  let at = copy.indexOf('\n') + 1;
  while (at < copy.length) {
    let size = 0;
    let shift = 0;
    for (; copy[at] & 0x80; shift += 7) size |= (copy[at++] & 0x7f) << shift;
    size |= copy[at++] << shift;
    const end = ++at + size; // behind the check of the length
    change(copy.subarray(at, end));
    crc = crc32(copy.subarray(from, end), crc);
    copy.writeUInt32LE(crc, end);
    from = at = end + 4;
  }
  return copy;
}
/** Three words in a row are no coincidence. */
function runs(phrase) {
  const words = phrase.split(' ');
  const width = Math.min(3, words.length);
  return words.slice(width - 1).map((_, i) => words.slice(i, i + width).join(' '));
}
/** Some samples of each frame of it. */
const pieces = (pcm) => frames(pcm.subarray(0, 32 * 600)).map((frame) => frame.subarray(300, 324));

describe('a session over real sockets', () => {
  for (const speech of [false, true]) {
    const how = speech ? 'with its speech' : 'without its speech';

    test(`of a native client is held again to the bit, ${how}`, async () => {
      const gateway = await recording(`native_${speech}`, `speech = ${speech}`);
      const { session } = await converse(gateway);
      assert.deepEqual(await filesOf(gateway), [fileOf(gateway, session)]);
      await isTheSame(fileOf(gateway, session));
    });

    test(`of a program on the Live API is held again to the bit, ${how}`, async () => {
      const gateway = await recording(`live_${speech}`, `speech = ${speech}`);
      const { session } = await converseLive(gateway);
      assert.deepEqual(await filesOf(gateway), [fileOf(gateway, session)]);
      await isTheSame(fileOf(gateway, session));
    });

    test(`that goes on over another connection is one recording, ${how}`, async () => {
      for (const [name, goesOn] of [
        ['native', comeBack],
        ['live', comeBackLive],
      ]) {
        const gateway = await recording(`back_${name}_${speech}`, `speech = ${speech}`);
        const { session } = await goesOn(gateway);
        await areOver(gateway);
        assert.equal(await counted(gateway, 'begun'), 1);
        assert.deepEqual(await filesOf(gateway), [fileOf(gateway, session)]);
        await isTheSame(fileOf(gateway, session));
        const { stdout } = await replay(fileOf(gateway, session), '--print');
        const gone = stdout.indexOf('client gone');
        assert.ok(gone > 0 && stdout.indexOf('client returned') > gone, stdout);
      }
    });
  }
});

describe('what stands in a recording', () => {
  async function all(name, recorder) {
    const gateway = await recording(name, recorder);
    const tokens = [];
    for (const held of [converse, converseLive, comeBack, comeBackLive]) {
      const { token, tokens: several = [token] } = await held(gateway);
      tokens.push(...several);
    }
    const files = (await filesOf(gateway)).map((file) => readFileSync(file));
    assert.equal(files.length, 4);
    return { text: Buffer.concat(files), tokens };
  }
  function holdsNoSecret({ text, tokens }) {
    for (const secret of [KEY, ALICE, HANDLE]) assert.ok(!holds(text, secret), secret);
    assert.equal(tokens.length, 5);
    // Before the dot is the session, by which the file is named.
    for (const token of tokens) assert.ok(!holds(text, token.split('.')[1]), 'a way back');
  }

  test('is neither a word nor a sound, nor a key, a token or a handle', async () => {
    const recorded = await all('masked', '');
    holdsNoSecret(recorded);
    for (const run of WORDS.flatMap(runs)) assert.ok(!holds(recorded.text, run), run);
    for (const piece of [...pieces(VOICE), ...pieces(SOUND)]) {
      assert.ok(!holds(recorded.text, piece), 'sound');
    }
  });

  test('is with leave to keep speech all of it, and still no key, token or handle', async () => {
    const recorded = await all('speech', 'speech = true');
    holdsNoSecret(recorded);
    for (const run of WORDS.flatMap(runs)) assert.ok(holds(recorded.text, run), run);
    for (const piece of [...pieces(VOICE), ...pieces(SOUND)]) {
      assert.ok(holds(recorded.text, piece), 'sound');
    }
  });

  test('is no word of a frame that is no message', async () => {
    const gateway = await recording('no_json');
    const native = new NativeClient(gateway.native, AUTHORIZED);
    await native.start();
    native.socket.send(`${TYPED} everybody`);
    await native.event('error');
    await native.send({ type: 'stop' });
    const live = new LiveClient(gateway.port, { key: ALICE });
    await live.start({ setup: { model: 'models/gemini-3.8-live' } });
    live.socket.send(`${TYPED} everybody`);
    await live.isClosed();
    const files = await filesOf(gateway);
    assert.equal(files.length, 2);
    for (const file of files) {
      await isTheSame(file);
      const bytes = readFileSync(file);
      for (const word of ['good', 'morning', 'everybody']) assert.ok(!bytes.includes(word), word);
    }
  });

  test('is for its owner alone, whatever the process would give to others', async () => {
    const mask = process.umask(0);
    const started = recording('mode');
    process.umask(mask);
    const gateway = await started;
    await converse(gateway);
    for (const file of await filesOf(gateway)) assert.equal(statSync(file).mode & 0o777, 0o600);
  });
});

describe('a recording that is not what was written', () => {
  let masked;
  let spoken;
  before(async () => {
    for (const speech of [false, true]) {
      const gateway = await recording(`damaged_${speech}`, `speech = ${speech}`);
      const { session } = await converse(gateway);
      await filesOf(gateway);
      const bytes = readFileSync(fileOf(gateway, session));
      if (speech) spoken = bytes;
      else masked = bytes;
    }
  });

  const file = path.join(newFolder(), 'a.flight');
  function replayed(bytes) {
    writeFileSync(file, bytes);
    return replay(file);
  }
  function flipped(bytes, at, bits) {
    const other = Buffer.from(bytes);
    other[at] ^= bits;
    return other;
  }
  const eventsIn = ({ stdout }) => Number(/^(\d+) events/.exec(stdout)[1]);

  test('goes another way after the event that was changed; both ways are printed', async () => {
    const other = rewritten(spoken, (entry) => {
      const at = entry.indexOf(REPLY);
      if (at >= 0) entry[at] ^= 0x20;
    });
    const { code, stdout } = await replayed(other);
    assert.equal(code, 1);
    assert.match(stdout, /differs at event \d+, [\d.]+ s:\n  recorded: \d+ actions.*\n  now: /);
    assert.ok(stdout.includes(REPLY.replace('t', 'T')), stdout);
  });

  test('is held as far as it goes where its end is missing, and that is said', async () => {
    const all = eventsIn(await replayed(masked));
    for (const bytes of [masked.length - 1, masked.length >> 1, masked.length >> 2]) {
      const cut = await replayed(masked.subarray(0, bytes));
      assert.equal(cut.code, 0, cut.stdout);
      assert.match(cut.stdout, /the same to the bit(, as far as the recording goes)?\.\n$/);
      assert.ok(eventsIn(cut) < all);
    }
    const lacksOne = await replayed(masked.subarray(0, -1));
    assert.match(lacksOne.stdout, /as far as the recording goes/);
  });

  test('is refused in one sentence where its beginning is missing', async () => {
    for (const bytes of ['', 'RIFF', masked.subarray(0, 60), flipped(masked, 3, 1)]) {
      const { code, stdout, stderr } = await replayed(bytes);
      assert.equal(code, 2);
      assert.match(stderr, /^livegate replay: .* is no recording of this version\.\n$/);
      assert.equal(stdout, '');
    }
    const nowhere = await replay(path.join(tmpdir(), 'no', 'such.flight'));
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /^livegate replay: .* cannot be read\.\n$/);
  });

  test('is refused where a byte of it is another one, and that is said', async () => {
    const first = masked.indexOf('{"type":"start"');
    for (let i = 0; i < 48; ++i) {
      const at = first + Math.floor(((masked.length - first) * i) / 48);
      const other = flipped(masked, at, [0x01, 0x80, 0xff][i % 3]);
      const { code, stdout, stderr } = await replayed(other);
      assert.equal(code, 2);
      const said = /^livegate replay: .* is damaged at byte (\d+); the \d+ events before .*\.\n$/;
      assert.match(stderr, said);
      assert.ok(Number(said.exec(stderr)[1]) <= at);
      assert.equal(stdout, '');
    }
  });

  test('is damaged where a piece of it is missing', async () => {
    const half = masked.length >> 1;
    const lacks = Buffer.concat([masked.subarray(0, half), masked.subarray(half + 700)]);
    const { code, stderr } = await replayed(lacks);
    assert.equal(code, 2);
    assert.match(stderr, /is damaged at byte/);
  });
});

describe('the recorder', () => {
  test('refuses to start without its folder, in one sentence, with exit code 2', async () => {
    const folder = newFolder();
    writeFileSync(path.join(folder, 'taken'), '');
    const config = path.join(folder, 'gate.toml');
    const isRefused = async (dir, sentence, ...args) => {
      writeFileSync(config, `[upstream]\nurl = "${model.url}"\n[recorder]\ndir = "${dir}"\n`);
      const { code, stdout, stderr } = await runLivegate([...args, config]);
      assert.equal(code, 2);
      assert.match(stderr, sentence);
      assert.equal(stdout, '');
    };
    const serves = ['serve', '--listen', '127.0.0.1:0', '--config'];
    const notMade = /^livegate: recorder\.dir: the folder .*taken.* cannot be made\.\n$/;
    for (const dir of ['taken', 'taken/below']) await isRefused(dir, notMade, ...serves);
    // Files cannot be made there, whoever asks.
    const noFile = /^livegate: recorder\.dir: no file can be made in the folder \/proc: .*\.\n$/;
    await isRefused('/proc', noFile, ...serves);
    await isRefused('/proc', noFile, 'check-config');
  });

  test('counts a recording that it begins', async () => {
    const gateway = await recording('begun');
    assert.equal(await counted(gateway, 'begun'), 0);
    await converse(gateway);
    await areOver(gateway);
    assert.equal(await counted(gateway, 'begun'), 1);
    assert.equal(await counted(gateway, 'cut_short'), 0);
    assert.equal(await counted(gateway, 'removed'), 0);
    assert.equal((await filesOf(gateway)).length, 1);
  });

  test('records no session where its share is 0', async () => {
    const gateway = await recording('none', 'share = 0');
    await converse(gateway);
    assert.equal(await counted(gateway, 'begun'), 0);
    assert.deepEqual(await filesOf(gateway), []);
  });

  test('ends a recording at its limit, counts that, and it is good up to there', async () => {
    const gateway = await recording('short', 'session_bytes_max = 5000');
    const { session } = await converse(gateway);
    await areOver(gateway);
    assert.equal(await counted(gateway, 'cut_short'), 1);
    assert.deepEqual(await filesOf(gateway), [fileOf(gateway, session)]);
    assert.ok(statSync(fileOf(gateway, session)).size < 7000);
    await isTheSame(fileOf(gateway, session));
  });

  test('removes the oldest where all take too much room, and counts them', async () => {
    const gateway = await recording('full', 'bytes_max = 30000');
    const sessions = [];
    const deadline = Date.now() + 20000;
    while ((await counted(gateway, 'removed')) < 2) {
      assert.ok(Date.now() < deadline, `${sessions.length} sessions, and no two were removed`);
      sessions.push((await converse(gateway)).session);
      await areOver(gateway);
    }
    assert.equal(await counted(gateway, 'cut_short'), 0);
    const files = await filesOf(gateway);
    assert.ok(!files.includes(fileOf(gateway, sessions[0])));
    assert.ok(files.includes(fileOf(gateway, sessions.at(-1))));
    for (const file of files) await isTheSame(file);
  });

  test('ends the recording for which there is no room, and counts that', async () => {
    const gateway = await recording('no_room', 'bytes_max = 3000');
    await converse(gateway);
    await areOver(gateway);
    await untilMetric(gateway, 'livegate_recordings_total{what="cut_short"}', 1);
    assert.equal(await counted(gateway, 'begun'), 1);
    assert.deepEqual(await filesOf(gateway), []);
  });
});
