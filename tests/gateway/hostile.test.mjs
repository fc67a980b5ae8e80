// The gateway as a stranger with its source meets it: what one of them does costs nobody else.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';

import { PATH as LIVE } from '../lib/live_client.mjs';
import { require, serve, untilMetric, within } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';

const WebSocket = require('ws');
const ALICE = 'alice-token-7c1e';
const BOB = 'bob-token-4e92-x';
const ADMIN = 'admin-token-b8d3';

function configFile(text) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-test-')), 'gate.toml');
  writeFileSync(file, text);
  return file;
}

const bearer = (token) => ({ Authorization: `Bearer ${token}` });

const upgradeOf = (token) =>
  'GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n' +
  'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
  `Authorization: Bearer ${token}\r\n\r\n`;

/** All that comes back for `request` until that is `enough`, or the gateway ends the connection. */
async function answerTo(port, request, enough = undefined) {
  const socket = net.connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
    if (enough?.test(answer)) socket.destroy();
  });
  socket.on('error', () => {});
  socket.write(request);
  await within(once(socket, 'close'), 'the end of the connection');
  return answer;
}

describe('an operator', () => {
  test('sends SIGHUP and finds the gateway alive, with a word in the log', async () => {
    const gateway = await serve('sighup', ['--upstream', 'offline']);
    process.kill(gateway.pid, 'SIGHUP');
    await gateway.logged(/reloaded: /);
    assert.equal((await fetch(`${gateway.http}/healthz`)).status, 200);
    assert.equal(await gateway.stop(), 0);
  });
});

describe('a stranger', () => {
  test('hides no second request in a transfer coding that the gateway does not know', async () => {
    const gateway = await serve('codings', ['--upstream', 'offline']);
    for (const coding of ['xchunked', 'x, chunked', 'chunked, identity', 'identity']) {
      const answer = await answerTo(
        gateway.port,
        `POST /v1/tokens HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ${coding}\r\n\r\n` +
          'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      );
      assert.match(answer.match(/^HTTP\/1\.1 \d+/gm)?.join(), /^HTTP\/1\.1 (400|501)$/, coding);
    }
    assert.equal(await gateway.stop(), 0);
  });

  test('writes no line of its own into the log', async () => {
    const config = configFile(
      `[auth]\ntokens = { alice = "${ALICE}" }\nadmin_token = "${ADMIN}"\n`,
    );
    const gateway = await serve('one_line', ['--config', config, '--upstream', 'offline']);
    const name = encodeURIComponent('eve\n2026-11-30T00:00:00.000 info user alice \x1b[31m');
    const minted = await fetch(`${gateway.http}/v1/tokens?user=${name}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': ADMIN },
      body: '{"uses":0}',
    });
    const token = (await minted.json()).name;
    const socket = new WebSocket(`${gateway.native}?access_token=${token}`);
    await within(once(socket, 'open'), 'the upgrade');
    socket.close();
    const line = await gateway.logged(/eve/);
    assert.match(line, /user="eve\\x0a2026-11-30T00:00:00.000 info user alice \\x1b\[31m"/);
    assert.equal(await gateway.stop(), 0);
  });

  test('without a token keeps no user out, and is not listened to', async () => {
    const config = configFile(
      `[server]\nthreads = 1\n[auth]\ntokens = { alice = "${ALICE}" }\n` +
        '[limits]\nfailed_logins_per_minute = 0\n',
    );
    const gateway = await serve('strangers', ['--config', config, '--upstream', 'offline']);
    const strangers = [];
    const answers = new Map();
    const opened = [];
    for (let i = 0; i < 300; ++i) {
      const socket = net.connect(gateway.port, '127.0.0.1');
      socket.on('error', () => {});
      strangers.push(socket);
      socket.write(upgradeOf('of-nobody-here'));
      opened.push(
        once(socket, 'data').then(([data]) => {
          const status = /^HTTP\/1\.1 (\d+)/.exec(data.toString('latin1'))[1];
          answers.set(status, (answers.get(status) ?? 0) + 1);
        }),
      );
    }
    await within(Promise.all(opened), 'an answer to every stranger');
    // Nobody is told "busy"; beyond those that are told over WebSocket, HTTP says no.
    assert.deepEqual([...answers.keys()].sort(), ['101', '401']);
    const alice = new NativeClient(gateway.native, {
      headers: { Authorization: `Bearer ${ALICE}` },
    });
    await alice.start();
    alice.close();
    for (const socket of strangers) socket.destroy();
    assert.equal(await gateway.stop(), 0);
  });

  test('who guesses tokens is told to wait, longer each time, and keeps no user out', async () => {
    const config = configFile(
      `[auth]\ntokens = { alice = "${ALICE}" }\n[limits]\nfailed_logins_per_minute = 3\n`,
    );
    const gateway = await serve('guesser', ['--config', config, '--upstream', 'offline']);
    const guess = async () => {
      const answer = await answerTo(gateway.port, upgradeOf('a-wrong-token'), /\r\n\r\n/);
      const after = /^Retry-After: (\d+)/m.exec(answer);
      return { status: /^HTTP\/1\.1 (\d+)/.exec(answer)[1], after: after && Number(after[1]) };
    };
    for (let i = 0; i < 3; ++i) assert.equal((await guess()).status, '101');
    for (let i = 0; i < 3; ++i) {
      const refused = await guess();
      assert.equal(refused.status, '429');
      assert.ok(refused.after >= 1);
    }
    const alice = new NativeClient(gateway.native, { headers: bearer(ALICE) });
    await alice.start();
    alice.close();
    await untilMetric(gateway, 'livegate_refused_total{reason="failed_logins"}', 3);
    await gateway.logged(/audit refused .*too_many_failed_logins.*client=127\.0\.0\.1/);
    assert.equal(await gateway.stop(), 0);
  });

  test('who holds silent connections keeps nobody out, nor the probes', async () => {
    const config = configFile(
      `[auth]\ntokens = { alice = "${ALICE}" }\n` +
        '[limits]\nconnections = 64\nconnections_per_address = 32\n',
    );
    const gateway = await serve('silent', ['--config', config, '--upstream', 'offline']);
    const silent = [];
    for (let i = 0; i < 200; ++i) {
      const socket = net.connect(gateway.port, '127.0.0.1');
      socket.on('error', () => {});
      silent.push(socket);
    }
    await within(Promise.all(silent.map((socket) => once(socket, 'connect'))), 'the flood');
    for (let i = 0; i < 5; ++i) {
      assert.equal((await fetch(`${gateway.http}/healthz`)).status, 200);
      assert.equal((await fetch(`${gateway.http}/readyz`)).status, 200);
      const alice = new NativeClient(gateway.native, { headers: bearer(ALICE) });
      await alice.start();
      alice.close();
    }
    const text = await (await fetch(`${gateway.http}/metrics`)).text();
    assert.ok(Number(/^livegate_connections_closed_total (\d+)/m.exec(text)[1]) >= 168);
    for (const socket of silent) socket.destroy();
    assert.equal(await gateway.stop(), 0);
  });

  test('reads no /metrics that are for others, and no page where there is none', async () => {
    const config = configFile(
      '[server]\npage = false\n[metrics]\ntoken = "metrics-token-5f0a"\nallow = ["192.0.2.0/24"]\n',
    );
    const gateway = await serve('rules', ['--config', config, '--upstream', 'offline']);
    const status = async (path, headers = {}) =>
      (await fetch(`${gateway.http}${path}`, { headers })).status;
    assert.equal(await status('/'), 404);
    assert.equal(await status('/metrics'), 403);
    assert.equal(await status('/metrics', bearer('metrics-token-5f0b')), 403);
    assert.equal(await status('/metrics', bearer('metrics-token-5f0a')), 200);
    assert.equal(await status('/healthz'), 200);
    assert.equal(await gateway.stop(), 0);
  });

  test('is known by its own address only where the proxy before it is trusted', async () => {
    for (const [proxies, address] of [
      ['[]', '127.0.0.1'],
      ['["127.0.0.1"]', '203.0.113.9'],
    ]) {
      const config = configFile(
        `[server]\ntrusted_proxies = ${proxies}\n[auth]\ntokens = { alice = "${ALICE}" }\n`,
      );
      const gateway = await serve('proxy', ['--config', config, '--upstream', 'offline']);
      const headers = { ...bearer('a-wrong-token'), 'X-Forwarded-For': '10.0.0.1, 203.0.113.9' };
      const stranger = new NativeClient(gateway.native, { headers });
      assert.equal((await stranger.event('error')).code, 'unauthorized');
      const escaped = address.replaceAll('.', '\\.');
      await gateway.logged(new RegExp(`audit refused .*client=${escaped}`));
      assert.equal(await gateway.stop(), 0);
    }
  });
});

describe('a user', () => {
  test('who starts sessions and vanishes leaves places for others', async () => {
    const config = configFile(
      `[auth]\ntokens = { alice = "${ALICE}", bob = "${BOB}" }\n[limits]\nsessions = 4\n`,
    );
    const gateway = await serve('vanishing', ['--config', config, '--upstream', 'offline']);
    for (let i = 0; i < 8; ++i) {
      const bob = new NativeClient(gateway.native, { headers: bearer(BOB) });
      await bob.start();
      bob.socket.terminate();
      await untilMetric(gateway, 'livegate_sessions_waiting', Math.min(i + 1, 4));
    }
    assert.equal((await fetch(`${gateway.http}/readyz`)).status, 200);
    for (let i = 0; i < 4; ++i) {
      const alice = new NativeClient(gateway.native, { headers: bearer(ALICE) });
      await alice.start();
    }
    await untilMetric(gateway, 'livegate_sessions_waiting', 0);
    assert.equal((await fetch(`${gateway.http}/readyz`)).status, 503);
    assert.equal(await gateway.stop(), 0);
  });

  test('who only connects takes no place, and dials no model', async () => {
    const config = configFile('[limits]\nsessions = 2\n');
    const gateway = await serve('connecting', ['--config', config, '--upstream', 'offline']);
    const idle = [];
    for (let i = 0; i < 20; ++i) {
      idle.push(new NativeClient(gateway.native));
      await idle.at(-1).isOpen();
    }
    await untilMetric(gateway, 'livegate_upstream_connects_total', 0);
    assert.equal((await fetch(`${gateway.http}/readyz`)).status, 200);
    await new NativeClient(gateway.native).start();
    await new NativeClient(gateway.native).start();
    assert.equal(await gateway.stop(), 0);
  });

  test('over a limit is told which, how much and when, on both wires', async () => {
    const config = configFile(
      `[auth]\ntokens = { alice = "${ALICE}", bob = "${BOB}" }\n[limits]\nsessions_per_user = 1\n`,
    );
    const gateway = await serve('over', ['--config', config, '--upstream', 'offline']);
    await new NativeClient(gateway.native, { headers: bearer(BOB) }).start();
    const second = new NativeClient(gateway.native, { headers: bearer(BOB) });
    await second.send({ type: 'start' });
    const error = await second.event('error');
    assert.equal(error.code, 'too_many_sessions');
    assert.match(error.message, /limits\.sessions_per_user.* 1 .*try again in \d+ seconds/);
    assert.equal((await second.isClosed()).code, 1013);
    const live = new WebSocket(`ws://127.0.0.1:${gateway.port}${LIVE}?key=${BOB}`);
    await within(once(live, 'open'), 'the upgrade');
    live.send(JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } }));
    const [code, reason] = await within(once(live, 'close'), 'the close');
    assert.equal(code, 1011);
    assert.match(reason.toString(), /^RESOURCE_EXHAUSTED: limits\.sessions_per_user/);
    await new NativeClient(gateway.native, { headers: bearer(ALICE) }).start();
    await untilMetric(gateway, 'livegate_refused_total{reason="sessions_per_user"}', 2);
    assert.equal(await gateway.stop(), 0);
  });

  test('who closes with an error code is not waited for', async () => {
    const gateway = await serve('leaving', ['--upstream', 'offline']);
    const client = new NativeClient(gateway.native);
    await client.start();
    client.socket.close(1008);
    await untilMetric(gateway, 'livegate_sessions_open', 0);
    assert.equal(await gateway.stop(), 0);
  });
});
