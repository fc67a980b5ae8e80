// The gateway as a stranger with its source meets it: what one of them does costs nobody else.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';

import { require, serve, within } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';

const WebSocket = require('ws');
const ALICE = 'alice-token-7c1e';
const ADMIN = 'admin-token-b8d3';

function configFile(text) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-test-')), 'gate.toml');
  writeFileSync(file, text);
  return file;
}

/** All that comes back for `request` until the gateway ends the connection. */
async function answerTo(port, request) {
  const socket = net.connect(port, '127.0.0.1');
  const parts = [];
  socket.on('data', (data) => parts.push(data));
  socket.on('error', () => {});
  socket.write(request);
  await within(once(socket, 'close'), 'the end of the connection');
  return Buffer.concat(parts).toString('latin1');
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
    const config = configFile(`[server]\nthreads = 1\n[auth]\ntokens = { alice = "${ALICE}" }\n`);
    const gateway = await serve('strangers', ['--config', config, '--upstream', 'offline']);
    const strangers = [];
    const answers = new Map();
    const opened = [];
    for (let i = 0; i < 300; ++i) {
      const socket = net.connect(gateway.port, '127.0.0.1');
      socket.on('error', () => {});
      strangers.push(socket);
      socket.write(
        'GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n' +
          'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
          'Authorization: Bearer of-nobody-here\r\n\r\n',
      );
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
});
