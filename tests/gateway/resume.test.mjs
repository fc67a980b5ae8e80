// Clients whose connections break and who come back: the real program with two shards, real
// sockets that are destroyed, a scripted model whose every sample is different.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { metric, serve, untilMetric, within } from '../lib/livegate.mjs';
import { ResumeClient } from '../lib/resume_client.mjs';

const ALICE = 'alice-token-7c1e';
const BOB = 'bob-token-52aa';

function configFile(text) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-resume-')), 'gate.toml');
  writeFileSync(file, text);
  return file;
}

/** Piece number `index` of a reply: no two samples of a session are the same for long. */
function piece(index, bytes = 1920) {
  const data = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 4) data.writeUInt32LE(index * 65536 + at, at);
  return data;
}
function say(connection, data) {
  connection.say({
    serverContent: {
      modelTurn: {
        parts: [
          { inlineData: { mimeType: 'audio/pcm;rate=24000', data: data.toString('base64') } },
        ],
      },
    },
  });
}
function complete(connection) {
  connection.say({ serverContent: { generationComplete: true } });
  connection.say({ serverContent: { turnComplete: true } });
}

describe('a native client that comes back', () => {
  let model;
  let gateway;
  before(async () => {
    model = await startFakeModel({
      onMessage: (connection, message) => connection.onEach?.(message),
    });
    gateway = await serve('resume', [
      '--config',
      configFile(`[server]\nthreads = 2\n[upstream]\nurl = "${model.url}"\n`),
    ]);
  });
  after(async () => {
    assert.equal(await gateway.stop(), 0);
    model.close();
  });

  async function begin() {
    const client = new ResumeClient(gateway.native);
    const ready = await client.start();
    assert.equal(ready.resume.grace_ms, 30000);
    assert.ok(!('resumed' in ready));
    return { client, ready, connection: model.connections.at(-1) };
  }

  test('hears every sample of a reply that went on without it, once and in order', async () => {
    const { client, connection } = await begin();
    const whole = [];
    const go = (from, to) => {
      for (let i = from; i < to; i++) {
        whole.push(piece(i));
        say(connection, whole.at(-1));
      }
    };
    go(0, 20);
    await client.until(() => client.messages.length >= 10, 'some of it');
    client.cut();
    await untilMetric(gateway, 'livegate_sessions_waiting', 1);
    go(20, 200);
    complete(connection);
    const ready = await client.comeBack();
    assert.equal(ready.resumed, true);
    assert.equal(ready.received, 0);
    await client.event('turn_complete');
    assert.deepEqual(client.audio, Buffer.concat(whole));
    assert.equal(client.messages.filter((each) => each.type === 'turn_started').length, 1);
    assert.ok(!client.messages.some((each) => each.type === 'reconnecting'));
    client.socket.close(1000);
  });

  test('tells what of the client has arrived, and the model is told nothing twice', async () => {
    const { client, connection } = await begin();
    for (const text of ['one', 'two', 'three']) client.send({ type: 'text', text });
    client.socket.send('no JSON at all');
    client.sent++;
    await client.event('error');
    await client.confirm();
    client.cut();
    const ready = await client.comeBack();
    assert.equal(ready.received, 4, 'texts and what it did not understand; no ping, no start');
    client.send({ type: 'text', text: 'four' });
    await within(
      model.until(() => connection.messages.some((each) => each.realtimeInput?.text === 'four')),
      'the fourth line',
    );
    const texts = connection.messages.map((each) => each.realtimeInput?.text).filter(Boolean);
    assert.deepEqual(texts, ['one', 'two', 'three', 'four']);
    client.socket.close(1000);
  });

  test('comes back to a call that still believes in the old connection', async () => {
    const { client, connection } = await begin();
    say(connection, piece(1));
    await client.until(() => client.audio.length === 1920, 'the audio');
    const old = client.socket;
    const oldCloses = once(old, 'close');
    const ready = await client.comeBack();
    assert.equal(ready.resumed, true);
    assert.equal((await within(oldCloses, 'the old connection to end'))[0], 1006, 'without a bye');
    say(connection, piece(2));
    await client.until(() => client.audio.length === 2 * 1920, 'audio over the new connection');
    client.socket.close(1000);
  });

  test('finds its call from either shard', async () => {
    // Connections are dealt out to the shard with the fewest: holding one open turns the next
    // one's shard. Whatever the deal, every one of these returns must do.
    const clients = [];
    for (let i = 0; i < 8; i++) clients.push(await begin());
    for (const [i, { client }] of clients.entries()) {
      if (i % 3 === 0) client.cut();
    }
    await untilMetric(gateway, 'livegate_sessions_waiting', 3);
    for (const { client } of clients) {
      assert.equal((await client.comeBack()).resumed, true);
    }
    for (const [i, { client, connection }] of clients.entries()) {
      say(connection, piece(i));
      await client.until(() => client.audio.length > 0, 'audio');
      assert.deepEqual(client.audio, piece(i), 'its own, and nobody else’s');
    }
    const across = await metric(gateway, 'livegate_resumes_across_shards_total');
    const all = await metric(gateway, 'livegate_resumes_total{result="accepted"}');
    assert.ok(across > 0, 'some came to the other shard');
    assert.ok(across < all, 'and some to their own');
    for (const { client } of clients) client.socket.close(1000);
    await untilMetric(gateway, 'livegate_sessions_open', 0);
  });

  test('breaks again and again, in the middle of everything, and misses nothing', async () => {
    const { client, connection } = await begin();
    const whole = [];
    let last;
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 30; i++) {
        whole.push(piece(round * 100 + i, 4 + 4 * ((round * 31 + i * 7) % 1000)));
        say(connection, whole.at(-1));
      }
      const want = client.messages.length + 1 + (round % 5);
      if (round % 3 > 0) await client.until(() => client.messages.length >= want, 'some of it');
      if (round % 2 === 0) client.cut();
      last = await client.comeBack();
      assert.equal(last.resumed, true, JSON.stringify(last));
      if (round % 4 === 1) await client.confirm(round);
    }
    complete(connection);
    await client.event('turn_complete');
    assert.deepEqual(client.audio, Buffer.concat(whole));
    client.socket.close(1000);
  });

  test('may try a token again until the next one has arrived, and then no more', async () => {
    const { client } = await begin();
    const first = client.token;
    client.cut();
    await client.comeBack();
    const second = client.token;
    assert.notEqual(second, first);
    client.cut();
    assert.equal((await client.comeBack({ token: first })).resumed, true, 'ready may be lost');
    const third = client.token;
    await client.confirm();
    client.cut();
    for (const spent of [first, second]) {
      assert.equal((await client.comeBack({ token: spent })).code, 'resume_refused');
      client.cut();
    }
    assert.equal((await client.comeBack({ token: third })).resumed, true);
    client.socket.close(1000);
  });

  test('is refused politely once, begins anew, and is not refused twice', async () => {
    const lost = new ResumeClient(gateway.native);
    const refusal = await lost.comeBack({ token: 'nothing.such', received: 3 });
    assert.equal(refusal.code, 'resume_refused');
    assert.equal(refusal.fatal, false);
    lost.write({ type: 'start' });
    const ready = await lost.besides('ready');
    assert.ok(!ready.resumed);
    lost.socket.close(1000);

    const stubborn = new ResumeClient(gateway.native);
    await stubborn.comeBack({ token: 'nothing.such', received: 3 });
    stubborn.write({ type: 'start', resume: 'still.nothing', received: 3 });
    const fatal = await stubborn.until(
      () => stubborn.beside.find((each) => each.fatal === true),
      'the end of patience',
    );
    assert.equal(fatal.code, 'bad_start');
    assert.equal((await stubborn.isClosed()).code, 1008);
  });

  test('cannot ask for messages that were never sent, nor mix settings into it', async () => {
    const { client } = await begin();
    client.cut();
    assert.equal((await client.comeBack({ received: 99 })).code, 'resume_refused');
    client.cut();
    assert.equal((await client.comeBack()).resumed, true, 'the token is not spent by that');
    client.socket.close(1000);
    const mixed = new ResumeClient(gateway.native);
    await mixed.connect();
    mixed.write({ type: 'start', resume: 'x', received: 0, voice: 'Puck' });
    assert.equal((await mixed.besides('error')).code, 'bad_start');
  });

  test('has nothing to come back to after stop, a bye or a close of its own', async () => {
    for (const leave of [
      async (client) => {
        client.write({ type: 'stop' });
        await client.event('bye');
        await client.isClosed();
      },
      async (client) => {
        client.socket.close(1000);
        await client.isClosed();
      },
    ]) {
      const { client, connection } = await begin();
      const gone = once(connection.socket, 'close');
      await leave(client);
      await within(gone, 'the model’s side to end');
      assert.equal((await client.comeBack()).code, 'resume_refused');
      client.cut();
    }
  });

  test('is another browser’s page to this session only from the same origin', async () => {
    const client = new ResumeClient(gateway.native, { origin: gateway.http });
    await client.start();
    client.cut();
    const elsewhere = { origin: gateway.http.replace('127.0.0.1', 'localhost') };
    elsewhere.headers = { Host: elsewhere.origin.replace('http://', '') };
    assert.equal((await client.comeBack({ options: elsewhere })).code, 'resume_refused');
    client.cut();
    assert.equal((await client.comeBack()).resumed, true);
    client.socket.close(1000);
  });
});

test('over TLS a client is handed from shard to shard with what it had not read', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'livegate-resume-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'].concat(
      ['-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'],
    ),
    { stdio: 'ignore' },
  );
  const model = await startFakeModel();
  const gateway = await serve('resume_tls', [
    '--config',
    configFile(
      `[server]\nthreads = 2\ntls_cert_file = "${cert}"\ntls_key_file = "${key}"\n` +
        `[upstream]\nurl = "${model.url}"\n`,
    ),
  ]);
  const url = `wss://127.0.0.1:${gateway.port}/v1/live`;
  const clients = [];
  for (let i = 0; i < 6; i++) {
    const client = new ResumeClient(url, { rejectUnauthorized: false });
    await client.start();
    clients.push({ client, connection: model.connections.at(-1), whole: [] });
  }
  for (const [i, each] of clients.entries()) {
    await each.client.confirm(); // as a page does: what it may lack is kept whole
    for (let k = 0; k < 50; k++) {
      each.whole.push(piece(i * 100 + k, 19200));
      say(each.connection, each.whole.at(-1));
    }
    await each.client.until(() => each.client.messages.length > 3 * i, 'some of it');
    if (i % 2 === 0) each.client.cut();
    // What is sent right behind the start is not lost on the way.
    const answer = each.client.comeBack();
    each.client.socket.once('open', () =>
      setImmediate(() => each.client.write({ type: 'ping', id: 7 })),
    );
    assert.equal((await answer).resumed, true);
    const isAnswer = (event) => event?.type === 'pong' && event.id === 7;
    await each.client.until(() => each.client.beside.some(isAnswer), 'the pong');
    await each.client.until(() => each.client.audio.length === 50 * 19200, 'all of it');
    assert.deepEqual(each.client.audio, Buffer.concat(each.whole));
  }
  for (const { client } of clients) client.socket.close(1000);
  assert.equal(await gateway.stop(), 0);
  model.close();
});

describe('who may come back, and how long', () => {
  let model;
  before(async () => {
    model = await startFakeModel();
  });
  after(() => model.close());

  async function gate(name, config) {
    const upstream = `[server]\nthreads = 2\n[upstream]\nurl = "${model.url}"\n`;
    return serve(name, ['--config', configFile(upstream + config)]);
  }
  const as = (token) => ({ headers: { Authorization: `Bearer ${token}` } });

  test('the same user alone', async () => {
    const gateway = await gate(
      'resume_users',
      `[auth]\ntokens = { alice = "${ALICE}", bob = "${BOB}" }\n`,
    );
    const client = new ResumeClient(gateway.native, as(ALICE));
    await client.start();
    client.cut();
    assert.equal((await client.comeBack({ options: as(BOB) })).code, 'resume_refused');
    client.cut();
    assert.equal((await client.comeBack()).resumed, true);
    client.socket.close(1000);
    assert.equal(await gateway.stop(), 0);
  });

  test('for as long as the grace lasts, and then the model is let go', async () => {
    const gateway = await gate('resume_grace', '[resume]\ngrace_ms = 300\n');
    const client = new ResumeClient(gateway.native);
    assert.equal((await client.start()).resume.grace_ms, 300);
    const gone = once(model.connections.at(-1).socket, 'close');
    client.cut();
    await within(gone, 'the grace to end');
    assert.equal((await client.comeBack()).code, 'resume_refused');
    client.cut();
    assert.equal(await gateway.stop(), 0);
  });

  test('not at all without grace', async () => {
    const gateway = await gate('resume_off', '[resume]\ngrace_ms = 0\n');
    const client = new ResumeClient(gateway.native);
    assert.ok(!('resume' in (await client.start())));
    const gone = once(model.connections.at(-1).socket, 'close');
    client.cut();
    await within(gone, 'the session to end with its client');
    assert.equal(await gateway.stop(), 0);
  });

  test('also into a full gateway, where the session has its place', async () => {
    const gateway = await gate('resume_full', '[limits]\nsessions = 1\n');
    const client = new ResumeClient(gateway.native);
    await client.start();
    const other = new ResumeClient(gateway.native);
    await other.connect();
    other.write({ type: 'start' });
    assert.equal((await other.besides('error')).code, 'server_full', 'the place is taken');
    client.cut();
    await untilMetric(gateway, 'livegate_sessions_waiting', 1);
    assert.equal((await client.comeBack()).resumed, true);
    client.socket.close(1000);
    assert.equal(await gateway.stop(), 0);
  });

  test('unless another needed the place meanwhile', async () => {
    const gateway = await gate('resume_yield', '[limits]\nsessions = 1\n');
    const client = new ResumeClient(gateway.native);
    await client.start();
    client.cut();
    await untilMetric(gateway, 'livegate_sessions_waiting', 1);
    assert.equal((await fetch(`${gateway.http}/readyz`)).status, 200, 'one may still come');
    const other = new ResumeClient(gateway.native);
    await other.start();
    await untilMetric(gateway, 'livegate_gave_way_total', 1);
    await untilMetric(gateway, 'livegate_sessions_waiting', 0);
    await untilMetric(gateway, 'livegate_sessions_open', 1);
    other.socket.close(1000);
    assert.equal(await gateway.stop(), 0);
  });

  test('a stopping gateway waits for nobody', async () => {
    const gateway = await gate('resume_drain', '');
    const client = new ResumeClient(gateway.native);
    await client.start();
    client.cut();
    await untilMetric(gateway, 'livegate_sessions_waiting', 1);
    const gone = once(model.connections.at(-1).socket, 'close');
    assert.equal(await gateway.stop(), 0);
    await within(gone, 'the model’s side to end');
  });
});
