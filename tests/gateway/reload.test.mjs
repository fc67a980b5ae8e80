// A configuration that is read again, and a new program that takes over, while people talk.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import tls from 'node:tls';

import { startFakeModel } from '../lib/fake_model.mjs';
import { runLivegate, serve, within } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';
import { makeCertificate } from '../sdk/certificate.mjs';

const ALICE = 'alice-token-7c1e';
const BOB = 'bob-token-52aa';
const TALKERS = 40;

function folder(name = 'livegate-test-') {
  return mkdtempSync(path.join(tmpdir(), name));
}

/** Clients that say one line after another until they are told to stop. */
class Talkers {
  constructor(url, options) {
    this.clients = Array.from({ length: TALKERS }, () => new NativeClient(url, options));
    this.talks = true;
    this.turns = 0;
  }
  async start() {
    await Promise.all(this.clients.map((client) => client.start()));
    this.done = Promise.all(
      this.clients.map(async (client) => {
        while (this.talks) {
          const turn = await client.turn('and now?');
          assert.equal(turn.cut_off, undefined);
          this.turns += 1;
        }
      }),
    );
  }
  /** Resolves when each has said something more. */
  async goOn() {
    const before = this.turns;
    const deadline = Date.now() + 20000;
    while (this.turns < before + 3 * TALKERS) {
      if (Date.now() > deadline) throw new Error('nobody talks any more');
      await new Promise(setImmediate);
    }
  }
  async stop() {
    this.talks = false;
    await this.done;
    for (const client of this.clients) {
      assert.ok(client.undisturbed, JSON.stringify(client.kinds()));
    }
  }
}

async function mayEnter(url, token) {
  const client = new NativeClient(`${url}?access_token=${token}`, { rejectUnauthorized: false });
  await client.send({ type: 'start' });
  const first = await client.until(
    () => client.events.find((e) => e.type === 'ready' || e.type === 'error'),
    'an answer',
  );
  client.close();
  return first.type === 'ready';
}

function certificateOf(port) {
  return within(
    new Promise((resolve, reject) => {
      const socket = tls.connect(port, '127.0.0.1', { rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.once('error', reject);
    }),
    'a handshake',
  );
}

describe('SIGHUP', () => {
  test('changes tokens and certificate under sessions that talk, and disturbs none', async () => {
    const model = await startFakeModel();
    const place = folder();
    const file = path.join(place, 'gate.toml');
    const certificates = ['old', 'new'].map((name) => {
      mkdirSync(path.join(place, name));
      return makeCertificate(path.join(place, name));
    });
    const write = (tokens, { certificate, key }) =>
      writeFileSync(
        file,
        `[server]\ntls_cert_file = "${certificate}"\ntls_key_file = "${key}"\n` +
          `[auth]\ntokens = ${tokens}\n`,
      );
    write(`{ alice = "${ALICE}" }`, certificates[0]);
    const gateway = await serve('reload', ['--config', file, '--upstream', model.url]);
    const url = gateway.native.replace('ws:', 'wss:');
    const talkers = new Talkers(`${url}?access_token=${ALICE}`, { rejectUnauthorized: false });
    await talkers.start();
    await talkers.goOn();
    const before = await certificateOf(gateway.port);
    assert.equal(await mayEnter(url, BOB), false);

    write(`{ bob = "${BOB}" }`, certificates[1]);
    const told = await runLivegate(['reload', '--pid', String(gateway.pid), '--config', file]);
    assert.equal(told.code, 0, told.stderr);
    await gateway.logged(/reloaded: /);
    assert.equal(await mayEnter(url, BOB), true);
    assert.equal(await mayEnter(url, ALICE), false);
    assert.notEqual(await certificateOf(gateway.port), before);
    await talkers.goOn();
    await talkers.stop();
    assert.equal(await gateway.stop(), 0);
    model.close();
  });

  test('refuses a configuration with a mistake as a whole, and says which', async () => {
    const file = path.join(folder(), 'gate.toml');
    writeFileSync(file, `[auth]\ntokens = { alice = "${ALICE}" }\n`);
    const gateway = await serve('reload_wrong', ['--config', file, '--upstream', 'offline']);
    writeFileSync(file, `[auth]\ntokens = { bob = "${BOB}" }\n[limits]\nsessions = 0\n`);
    const told = await runLivegate(['reload', '--pid', String(gateway.pid), '--config', file]);
    assert.equal(told.code, 2);
    assert.match(told.stderr, /nothing is told to the gateway: .*limits\.sessions/);
    process.kill(gateway.pid, 'SIGHUP');
    await gateway.logged(/not reloaded, the configuration stays as it was: .*limits\.sessions/);
    writeFileSync(
      file,
      `[auth]\ntokens = { bob = "${BOB}" }\n[server]\nweb_dir = "nowhere"\n`,
    );
    process.kill(gateway.pid, 'SIGHUP');
    await gateway.logged(/not reloaded, the configuration stays as it was: .*server\.web_dir/);
    assert.equal(await mayEnter(gateway.native, ALICE), true);
    assert.equal(await mayEnter(gateway.native, BOB), false);
    assert.equal(await gateway.stop(), 0);
  });

  test('names the keys that it cannot change, and changes the others', async () => {
    const file = path.join(folder(), 'gate.toml');
    writeFileSync(file, '[server]\nthreads = 1\n');
    const gateway = await serve('reload_fixed', ['--config', file, '--upstream', 'offline']);
    writeFileSync(
      file,
      `[server]\nthreads = 2\n[auth]\ntokens = { bob = "${BOB}" }\n[recorder]\ndir = "r"\n`,
    );
    process.kill(gateway.pid, 'SIGHUP');
    await gateway.logged(/not changed before the next start: server\.threads, recorder\.dir$/);
    assert.equal(await mayEnter(gateway.native, 'wrong-token-1234'), false);
    assert.equal(await gateway.stop(), 0);
  });

  test('reads the files of the page again, and goes on in a new log file', async () => {
    const place = folder();
    const log = path.join(place, 'gate.log');
    const file = path.join(place, 'gate.toml');
    mkdirSync(path.join(place, 'site'));
    writeFileSync(file, `[server]\nweb_dir = "site"\n[log]\nfile = "${log}"\n`);
    writeFileSync(path.join(place, 'site', 'app.js'), 'one');
    const gateway = await serve('reload_log', ['--config', file, '--upstream', 'offline']);
    const page = async () => (await fetch(`${gateway.http}/app.js`)).text();
    assert.equal(await page(), 'one');
    writeFileSync(path.join(place, 'site', 'app.js'), 'two');
    assert.equal(await page(), 'one', 'a request reads no disk');
    renameSync(log, `${log}.1`);
    process.kill(gateway.pid, 'SIGHUP');
    const deadline = Date.now() + 20000;
    while ((await page()) !== 'two') assert.ok(Date.now() < deadline, 'the page stays as it was');
    assert.equal(await gateway.stop(), 0);
    assert.match(readFileSync(log, 'utf8'), /stopping: /);
    assert.doesNotMatch(readFileSync(`${log}.1`, 'utf8'), /stopping: /);
  });
});

describe('SIGUSR2', () => {
  test('hands the address to a new process, and cuts no turn of the old one', async () => {
    const model = await startFakeModel();
    const gateway = await serve('takeover', ['--upstream', model.url]);
    const talkers = new Talkers(gateway.native);
    await talkers.start();
    await talkers.goOn();

    process.kill(gateway.pid, 'SIGUSR2');
    const line = await gateway.logged(/process \d+ has taken over/);
    const successor = Number(/process (\d+)/.exec(line)[1]);
    const later = new NativeClient(gateway.native);
    await later.start();
    await later.turn('who are you?');
    await talkers.goOn();
    await talkers.stop();
    for (const client of talkers.clients) await client.send({ type: 'stop' });
    assert.equal(await within(gateway.exited, 'the old process to end'), 0);

    assert.equal((await fetch(`${gateway.http}/readyz`)).status, 200);
    await later.turn('are you still there?');
    assert.ok(later.undisturbed, JSON.stringify(later.kinds()));
    process.kill(successor, 'SIGINT');
    assert.equal((await later.isClosed()).code, 1001);
    model.close();
  });

  test('leaves everything as it was where the new process does not start', async () => {
    const file = path.join(folder(), 'gate.toml');
    writeFileSync(file, '');
    const gateway = await serve('takeover_fails', ['--config', file, '--upstream', 'offline']);
    const client = new NativeClient(gateway.native);
    await client.start();
    writeFileSync(file, '[limits]\nsessions = 0\n');
    process.kill(gateway.pid, 'SIGUSR2');
    await gateway.logged(/process \d+ did not take over, this one goes on/);
    await client.turn('hello');
    assert.ok(client.undisturbed);
    const other = new NativeClient(gateway.native);
    await other.start();
    client.close();
    other.close();
    assert.equal(await gateway.stop(), 0);
  });
});
