// The gateway as those who run it meet it: its log, its end, and what they are told of either.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  constants,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient } from '../lib/live_client.mjs';
import { BIN, runLivegate, serve, startLivegate, within } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';

const KEY = 'test-key-9f2c';
const ALICE = 'alice-token-7c1e';

function folder() {
  return mkdtempSync(path.join(tmpdir(), 'livegate-test-'));
}

function configFile(text) {
  const file = path.join(folder(), 'gate.toml');
  writeFileSync(file, text);
  return file;
}

/** A gateway with a scripted model: it answers when the test says so. */
async function withSlowModel(name, settings = '') {
  const model = await startFakeModel({ onMessage: () => {} });
  const args = ['--upstream', model.url, '--config', configFile(settings)];
  const gateway = await serve(name, args, { GEMINI_API_KEY: KEY });
  return { model, gateway };
}

/** A client that has asked, and whose model has begun to answer. */
async function inMidReply(model, gateway) {
  const client = new NativeClient(gateway.native);
  await client.start();
  const connection = model.connections.at(-1);
  await client.send({ type: 'text', text: 'hello' });
  await model.until(() => connection.messages.find((m) => m.realtimeInput?.text));
  connection.play(960);
  await client.event('turn_started');
  return { client, connection };
}

function endReply(connection) {
  connection.play(960);
  connection.say({ serverContent: { generationComplete: true } });
  connection.say({ serverContent: { turnComplete: true } });
}

async function status(gateway, page) {
  return (await fetch(`${gateway.http}${page}`)).status;
}

async function untilStatus(gateway, page, wanted) {
  const deadline = Date.now() + 20000;
  while ((await status(gateway, page)) !== wanted) {
    if (Date.now() > deadline) throw new Error(`${page} does not become ${wanted}`);
  }
}

describe('SIGTERM', () => {
  test('lets a reply come to its end, while /readyz says 503 and /healthz 200', async () => {
    const { model, gateway } = await withSlowModel(
      'drain',
      '[server]\ndrain_grace_ms = 200\ndrain_ms = 600000\n',
    );
    const { client, connection } = await inMidReply(model, gateway);
    process.kill(gateway.pid, 'SIGTERM');
    await untilStatus(gateway, '/readyz', 503);
    assert.equal(await status(gateway, '/healthz'), 200);
    const late = new NativeClient(gateway.native);
    assert.deepEqual(await late.isClosed(), { status: 503 });
    endReply(connection);
    await client.event('turn_complete');
    const bye = await client.event('bye');
    assert.match(bye.reason, /shutting down/);
    assert.equal(bye.reconnect, true);
    assert.equal((await client.isClosed()).code, 1001);
    assert.equal(client.events.filter((e) => e.type === 'error').length, 0);
    assert.equal(await within(gateway.exited, 'livegate to end'), 0);
    model.close();
  });

  test('tells an app on the Live API to go elsewhere, and closes behind its turn', async () => {
    const { model, gateway } = await withSlowModel('drain_live', '[server]\ndrain_ms = 90000\n');
    const client = new LiveClient(gateway.port);
    await client.start();
    const connection = model.connections.at(-1);
    await client.send({ realtimeInput: { text: 'hello' } });
    await model.until(() => connection.messages.find((m) => m.realtimeInput?.text));
    connection.play(960);
    await client.message((m) => m.serverContent?.modelTurn, 'a reply');
    process.kill(gateway.pid, 'SIGINT');
    const away = await client.message((m) => m.goAway, 'goAway');
    assert.equal(away.goAway.timeLeft, '90s');
    endReply(connection);
    await client.message((m) => m.serverContent?.turnComplete, 'its end');
    assert.equal((await client.isClosed()).code, 1001);
    assert.equal(await within(gateway.exited, 'livegate to end'), 0);
    model.close();
  });

  test('ends a gateway without sessions at once, whatever server.drain_grace_ms says', async () => {
    const config = configFile('[server]\ndrain_grace_ms = 600000\n');
    const gateway = await serve('drain_idle', ['--upstream', 'offline', '--config', config]);
    assert.equal(await gateway.stop('SIGTERM'), 0);
  });

  test('a second time ends everything at once', async () => {
    const { model, gateway } = await withSlowModel(
      'drain_twice',
      '[server]\ndrain_grace_ms = 600000\ndrain_ms = 3600000\n',
    );
    const { client } = await inMidReply(model, gateway);
    process.kill(gateway.pid, 'SIGTERM');
    await untilStatus(gateway, '/readyz', 503);
    assert.ok(!client.closed);
    assert.equal(await gateway.stop('SIGTERM'), 0);
    model.close();
  });

  test('ends a session that does not come to its end after server.drain_ms', async () => {
    const { model, gateway } = await withSlowModel(
      'drain_late',
      '[server]\ndrain_grace_ms = 0\ndrain_ms = 300\n',
    );
    const { client } = await inMidReply(model, gateway);
    process.kill(gateway.pid, 'SIGTERM');
    await client.event('bye');
    assert.equal(await within(gateway.exited, 'livegate to end'), 0);
    model.close();
  });
});

describe('the log', () => {
  test('that nobody reads stops neither a session nor SIGTERM', async () => {
    const fifo = path.join(folder(), 'log');
    execFileSync('mkfifo', [fifo]);
    const unread = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    const piece = Buffer.alloc(4096, 'x');
    try {
      for (;;) writeSync(unread, piece);
    } catch (full) {
      assert.equal(full.code, 'EAGAIN');
    }
    const stuck = openSync(fifo, constants.O_WRONLY);
    const args = ['serve', '--listen', '127.0.0.1:0', '--upstream', 'offline'];
    const child = spawn(BIN, args, { stdio: ['ignore', 'pipe', stuck] });
    const exited = once(child, 'exit');
    const port = await within(
      new Promise((resolve) => {
        createInterface({ input: child.stdout }).on('line', (line) => {
          const address = /listening on http:\/\/[^ ]*:(\d+)/.exec(line);
          if (address) resolve(Number(address[1]));
        });
      }),
      'livegate to listen',
    );
    const client = new NativeClient(`ws://127.0.0.1:${port}/v1/live`);
    await client.start();
    await client.turn('hello');
    client.close();
    child.kill('SIGTERM');
    const [code] = await within(exited, 'livegate to end');
    assert.equal(code, 0);
    closeSync(stuck);
    closeSync(unread);
  });

  test('is JSON lines where they are asked for, with session, client and user', async () => {
    const file = path.join(folder(), 'gate.log');
    const config = configFile(
      `[auth]\ntokens = { alice = "${ALICE}" }\n[log]\nformat = "json"\nfile = "${file}"\n`,
    );
    const gateway = await serve('log_json', ['--upstream', 'offline', '--config', config]);
    const client = new NativeClient(`${gateway.native}?access_token=${ALICE}`);
    const { session } = await client.start();
    const stranger = new NativeClient(`${gateway.native}?access_token=wrong-token-1234`);
    await stranger.isClosed();
    client.close();
    assert.equal(await gateway.stop(), 0);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').map(JSON.parse);
    const begins = lines.find((line) => line.message.startsWith('begins'));
    assert.equal(begins.session, session);
    assert.equal(begins.client, '127.0.0.1');
    assert.equal(begins.user, 'alice');
    assert.match(begins.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const audit = lines.find((line) => line.level === 'audit');
    assert.match(audit.message, /unauthorized/);
    assert.equal(audit.client, '127.0.0.1');
    assert.ok(!readFileSync(file, 'utf8').includes('wrong-token-1234'));
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });
});

describe('a gateway that faces strangers', () => {
  const OPEN = '[server]\nlisten = "0.0.0.0:0"\nallowed_origins = ["*"]\n';

  test('is warned of each insecure setting, by its key', async () => {
    const gateway = await startLivegate('insecure', [
      'serve',
      '--config',
      configFile(OPEN),
      '--upstream',
      'offline',
    ]);
    await gateway.logged(/ warn auth\.tokens: Everybody who reaches this address/);
    await gateway.logged(/ warn server\.tls_cert_file: /);
    await gateway.logged(/ warn server\.allowed_origins: Any page/);
    assert.equal(await gateway.stop(), 0);
  });

  test('does not start with --strict, and says why', async () => {
    const { code, stderr } = await runLivegate([
      'serve',
      '--strict',
      '--config',
      configFile(OPEN),
      '--upstream',
      'offline',
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /--strict.*\n {2}auth\.tokens: .*\n {2}server\.tls_cert_file: /);
  });

  test('is told by check-config --production what to set, with exit code 1', async () => {
    const wrong = await runLivegate(['check-config', '--production', configFile(OPEN)]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout, /auth\.tokens: .*\n +Set tokens/);
    assert.match(wrong.stdout, /server\.allowed_origins: .*\n +List the pages/);
    const right = await runLivegate([
      'check-config',
      '--production',
      configFile('[auth]\ntokens = { alice = "alice-token-7c1e-and-more" }\n'),
    ]);
    assert.equal(right.code, 0, right.stdout);
    assert.equal((await runLivegate(['check-config', configFile(OPEN)])).code, 0);
  });

  test('has the descriptors that the system gives, and is told if they are too few', async () => {
    const config = configFile('[limits]\nsessions = 1000000\n');
    const gateway = await serve('descriptors', ['--config', config, '--upstream', 'offline']);
    const line = await gateway.logged(/ warn limits\.sessions: 1000000 sessions/);
    const [, given] = /the system gives (\d+),/.exec(line);
    const limits = readFileSync(`/proc/${gateway.pid}/limits`, 'utf8');
    const [, soft, hard] = /Max open files +(\d+) +(\d+)/.exec(limits);
    assert.equal(soft, hard);
    assert.equal(given, hard);
    assert.equal(await gateway.stop(), 0);
  });
});
