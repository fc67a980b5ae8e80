// `livegate doctor` against set-ups that work and set-ups that do not: the real program, real
// sockets. All run side by side, for each is mostly waiting.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { runLivegate, serve, startLivegate } from '../lib/livegate.mjs';

const KEY = 'doctor-key-51d8';
const TOKEN = 'doctor-token-a02f';
const LIMIT_MS = 60000;

const NO_KEY = { GEMINI_API_KEY: '' };

/** Runs the doctor with --json; its exit status, and what it says of each check of each target. */
async function examine(args, env = NO_KEY) {
  const run = await runLivegate(['doctor', '--json', ...args], env, LIMIT_MS);
  const report = JSON.parse(run.stdout);
  return { ...run, report, of: (check) => report.checks.find((each) => each.check === check) };
}

/** A port of this machine at which nobody listens. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function gatewayWithUsers() {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-doctor-')), 'gate.toml');
  writeFileSync(file, `[auth]\ntokens = { alice = "${TOKEN}" }\n`);
  return file;
}

describe('livegate doctor', { concurrency: true }, () => {
  let gateway;
  let guarded;
  let standin;
  let keyed;
  let slow;

  before(async () => {
    [gateway, guarded, standin, keyed, slow] = await Promise.all([
      serve('doctor-gateway', ['--upstream', 'offline']),
      serve('doctor-guarded', ['--upstream', 'offline', '--config', gatewayWithUsers()]),
      startLivegate('doctor-standin', [
        ...['offline', '--listen', '127.0.0.1:0', '--profile', 'gemini-3.8-live'],
      ]),
      startLivegate(
        'doctor-keyed',
        ['offline', '--listen', '127.0.0.1:0', '--key-env', 'THE_KEY'],
        { THE_KEY: KEY },
      ),
      startLivegate('doctor-slow', [
        ...['offline', '--listen', '127.0.0.1:0', '--first-audio', '2500ms'],
      ]),
    ]);
  });
  after(async () => {
    for (const each of [gateway, guarded, standin, keyed, slow]) {
      assert.equal(await each.stop(), 0);
    }
  });

  const upstream = (server) => `ws://127.0.0.1:${server.port}`;

  test('finds nothing wrong with a gateway that works', async () => {
    const found = await examine(['--gateway', gateway.http, '--idle', '1']);
    assert.deepEqual(
      found.report.checks.filter(({ verdict }) => verdict === 'fault'),
      [],
    );
    assert.equal(found.code, 0);
    for (const check of [
      ...['name', 'TCP connection', 'encryption', 'clock', 'ready', 'page', 'round trip', 'setup'],
      ...['buffering proxies', 'typed question', 'spoken question', 'continuous'],
      ...['speech detector', 'playback buffer', 'idle connection'],
    ]) {
      assert.ok(found.of(check), `${check} was looked at`);
    }
    assert.ok(found.of('typed question').ms > 0);
    assert.match(found.of('speech detector').figure, /from the end of speech to the decision/);
    assert.match(found.stderr, /asking a spoken question/, 'progress is told');
  });

  test('finds nothing wrong with an upstream that works, in 80 columns', async () => {
    const args = ['doctor', '--upstream', upstream(standin), '--model', 'gemini-3.8-live'];
    const { code, stdout } = await runLivegate(args, { GEMINI_API_KEY: KEY }, LIMIT_MS);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^Upstream ws:\/\/127\.0\.0\.1:\d+$/m);
    assert.match(stdout, /^ {2}ok {7}key {16}accepted$/m);
    // How fast is this machine's matter, so each may also be a warning.
    assert.match(stdout, /^ {2}(ok {5}|warning) {2}spoken question {4}\d+ ms to the first sound$/m);
    assert.match(stdout, /\d+ (checks )?ok\.\n$/);
    for (const line of stdout.split('\n')) assert.ok(line.length < 80, line);
    assert.doesNotMatch(stdout, /\x1b/, 'no colour');
    assert.ok(!stdout.includes(KEY), 'the key is not shown');
  });

  test('nothing listens there', async () => {
    const found = await examine(['--gateway', `ws://127.0.0.1:${await freePort()}`]);
    assert.equal(found.code, 2);
    assert.equal(found.of('TCP connection').verdict, 'fault');
    assert.match(found.of('TCP connection').advice, /livegate serve/);
    assert.equal(found.of('all else').verdict, 'skipped');
  });

  test('the name of the gateway does not exist', async () => {
    const found = await examine(['--gateway', 'wss://no-such-host.invalid']);
    assert.equal(found.code, 2);
    assert.equal(found.of('name').verdict, 'fault');
  });

  test('the user token is wrong, or missing', async () => {
    for (const extra of [['--token', 'not-a-token-77'], []]) {
      const found = await examine(['--gateway', guarded.http, ...extra]);
      assert.equal(found.code, 2);
      assert.equal(found.of('user token').verdict, 'fault');
      assert.match(found.of('user token').advice, /--token/);
      assert.equal(found.report.warnings, 0, 'nothing else is blamed for it');
      assert.ok(!`${found.stdout}${found.stderr}`.includes('not-a-token-77'));
    }
  });

  test('the right token opens, and is not shown', async () => {
    const found = await examine(['--gateway', guarded.http, '--token', TOKEN]);
    assert.equal(found.code, 0, found.stdout);
    assert.ok(!`${found.stdout}${found.stderr}`.includes(TOKEN));
  });

  test('a page from elsewhere is refused in the words of the gateway', async () => {
    const found = await examine(['--gateway', gateway.http, '--origin', 'https://evil.example']);
    assert.equal(found.code, 2);
    assert.equal(found.of('page').verdict, 'fault');
    assert.match(found.of('page').figure, /is refused: ".*https:\/\/evil\.example/);
    assert.match(found.of('page').advice, /server\.allowed_origins/);
    assert.equal(found.of('setup').verdict, 'ok', 'what an app needs is looked at all the same');
  });

  test('the key is wrong, or missing', async () => {
    const wrong = await examine(['--upstream', upstream(keyed)], { GEMINI_API_KEY: 'wrong-9' });
    assert.equal(wrong.code, 2);
    assert.equal(wrong.of('key').verdict, 'fault');
    assert.match(wrong.of('key').figure, /1007 "API key not valid/);
    assert.ok(!`${wrong.stdout}${wrong.stderr}`.includes('wrong-9'));
    const none = await examine(['--upstream', upstream(keyed)]);
    assert.match(none.of('key').advice, /set GEMINI_API_KEY/);
  });

  test('the gateway has a key that the service refuses', async () => {
    const served = await serve('doctor-refused', ['--upstream', upstream(keyed)], {
      GEMINI_API_KEY: 'wrong-9',
    });
    const found = await examine(['--gateway', served.http]);
    assert.equal(await served.stop(), 0);
    assert.equal(found.code, 2);
    assert.equal(found.of('key and model').verdict, 'fault');
    assert.match(found.of('key and model').figure, /API key not valid/);
  });

  test('the model is unknown', async () => {
    const found = await examine(['--upstream', upstream(standin), '--model', 'no-such-model']);
    assert.equal(found.code, 2);
    assert.equal(found.of('model').verdict, 'fault');
  });

  test('the upstream opens and never answers a setup', async () => {
    const model = await startFakeModel({ onSetup: () => {} });
    const found = await examine(['--upstream', model.url, '--patience', '2']);
    model.close();
    assert.equal(found.code, 2);
    assert.equal(found.of('setup').figure, 'setup was not answered within 2 s');
  });

  test('the upstream sets up and never answers a question', async () => {
    const model = await startFakeModel({ onMessage: () => {} });
    const found = await examine(['--upstream', model.url, '--patience', '2']);
    model.close();
    assert.equal(found.code, 2);
    assert.equal(found.of('typed question').figure, 'no answer within 2 s');
    assert.equal(found.of('spoken question').figure, 'no answer within 2 s');
  });

  test('a server that speaks something else is told apart', async () => {
    const server = net.createServer((socket) => socket.end('220 mail ready\r\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const found = await examine(['--gateway', `ws://127.0.0.1:${server.address().port}`]);
    server.close();
    assert.equal(found.code, 2);
    assert.equal(found.of('HTTP').verdict, 'fault');
  });

  test('warnings are exit status 1 with --strict, and 0 without', async () => {
    const [strict, lax] = await Promise.all([
      examine(['--upstream', upstream(slow), '--strict']),
      examine(['--upstream', upstream(slow)]),
    ]);
    assert.equal(strict.of('typed question').verdict, 'warning');
    assert.equal(strict.code, 1);
    assert.equal(lax.code, 0);
  });

  test('a probe is not begun without consent, or without a key', async () => {
    const asked = await runLivegate(['doctor', '--probe', '--upstream', upstream(standin)], NO_KEY);
    assert.equal(asked.code, 2);
    assert.match(asked.stdout, /about \d\.\d\s+US cents/, 'the cost is said first');
    assert.match(asked.stderr, /^livegate doctor: --probe costs money; say --yes/m);
    const keyless = await runLivegate(['doctor', '--probe', '--yes'], NO_KEY);
    assert.equal(keyless.code, 2);
    assert.match(keyless.stderr, /set GEMINI_API_KEY/);
  });

  test('an address that is none is one sentence and exit status 2', async () => {
    const { code, stdout, stderr } = await runLivegate(['doctor', '--gateway', 'ftp://x'], NO_KEY);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^livegate doctor: --gateway: the URL must begin with .*\.\n$/);
  });
});
