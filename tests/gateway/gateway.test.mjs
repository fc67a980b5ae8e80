// The gateway as its operators and its worst clients meet it: the real program, real sockets, a
// scripted model. Wherever one session meets trouble, a bystander must hear nothing of it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient } from '../lib/live_client.mjs';
import { require, runLivegate, serve, startLivegate, within } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';

const WebSocket = require('ws');
const KEY = 'test-key-9f2c';
const ALICE = 'alice-token-7c1e';

function configFile(text) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-test-')), 'gate.toml');
  writeFileSync(file, text);
  return file;
}

/** One HTTP upgrade by hand, so that the test can send what no library would. */
async function rawUpgrade(port) {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    'GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  const [answer] = await once(socket, 'data');
  assert.match(answer.toString(), /^HTTP\/1\.1 101 /);
  return socket;
}

/** The close frame's code that a raw socket receives before its end. */
function closeCode(socket) {
  return within(
    new Promise((resolve) => {
      let received = Buffer.alloc(0);
      socket.on('data', (data) => {
        received = Buffer.concat([received, data]);
        // Text frames (an error event) may come first; frames of a server are not masked.
        while (received.length >= 2) {
          const length = received[1] < 126 ? received[1] : received.readUInt16BE(2);
          const header = received[1] < 126 ? 2 : 4;
          if (received.length < header + length) return;
          if ((received[0] & 15) === 8) return resolve(received.readUInt16BE(header));
          received = received.subarray(header + length);
        }
      });
      socket.on('close', () => resolve('closed without a code'));
      socket.on('error', () => {});
    }),
    'a close frame',
  );
}

describe('one session in trouble, another beside it', () => {
  let model;
  let gateway;
  let bystander;

  before(async () => {
    model = await startFakeModel();
    gateway = await serve('gateway', ['--upstream', model.url], { GEMINI_API_KEY: KEY });
    bystander = new NativeClient(gateway.native);
    await bystander.start();
  });
  after(async () => {
    bystander.close();
    assert.equal(await gateway.stop(), 0);
    model.close();
  });

  async function bystanderGoesOn() {
    await bystander.turn('still there?');
    assert.ok(bystander.undisturbed, JSON.stringify(bystander.events));
  }

  test('the key goes to the model and nowhere else', async () => {
    assert.equal(model.connections[0].headers['x-goog-api-key'], KEY);
    assert.ok(!model.connections[0].url.includes(KEY));
    assert.ok(!JSON.stringify(bystander.events).includes(KEY));
  });

  test('a model killed in mid-reply: reconnecting, reconnected, and it goes on', async () => {
    const client = new NativeClient(gateway.native);
    await client.start();
    const connection = model.connections.at(-1);
    connection.say({ sessionResumptionUpdate: { newHandle: 'h-1', resumable: true } });
    connection.play(960);
    await client.event('turn_started');
    connection.socket.terminate();
    await client.event('reconnecting');
    assert.equal((await client.event('turn_complete')).cut_off, true);
    assert.equal((await client.event('reconnected')).resumed, true);
    assert.equal(model.connections.at(-1).setup.sessionResumption.handle, 'h-1');
    await client.turn('and now?');
    await bystanderGoesOn();
    client.close();
  });

  test('a typed line sent while the model is away is answered when it is back', async () => {
    const client = new NativeClient(gateway.native);
    await client.start();
    model.connections.at(-1).socket.terminate();
    await client.event('reconnecting');
    await client.turn('are you back?');
    client.close();
  });

  test('garbage instead of HTTP is answered 400 and closed', async () => {
    const socket = net.connect(gateway.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(Buffer.from('\x00\x01\x02garbage\r\n\r\n'));
    const [answer] = await within(once(socket, 'data'), 'an answer');
    assert.match(answer.toString(), /^HTTP\/1\.1 400 /);
    await bystanderGoesOn();
  });

  test('garbage instead of frames is closed 1002', async () => {
    const socket = await rawUpgrade(gateway.port);
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    assert.equal(await closeCode(socket), 1002);
    await bystanderGoesOn();
  });

  test('a frame of 100 MB is closed 1009 from its header alone', async () => {
    const socket = await rawUpgrade(gateway.port);
    const header = Buffer.alloc(14);
    header[0] = 0x82;
    header[1] = 0x80 | 127;
    header.writeBigUInt64BE(100_000_000n, 2);
    socket.write(header);
    assert.equal(await closeCode(socket), 1009);
    await bystanderGoesOn();
  });

  test('text that is no JSON gets one clear error and the session goes on', async () => {
    const client = new NativeClient(gateway.native);
    await client.start();
    await client.send('{"type":');
    assert.equal((await client.event('error')).code, 'bad_json');
    await client.send({ type: 'text', txt: 'typo' });
    const typo = await client.until(
      () => client.events.find((e) => e.code === 'unknown_field'),
      'unknown_field',
    );
    assert.match(typo.message, /txt/);
    assert.equal(typo.fatal, false);
    await client.turn('fine otherwise');
    client.close();
  });

  test('a client that never reads is let go, and nobody waits for it', async () => {
    const client = new NativeClient(gateway.native);
    await client.start();
    client.socket._socket.pause();
    const connection = model.connections.at(-1);
    const gone = once(connection.socket, 'close');
    // 4 MiB of outbox and what the kernel takes; a reply of minutes in one burst.
    for (let i = 0; i < 400 && connection.socket.readyState === WebSocket.OPEN; ++i) {
      connection.play(96_000);
      if (i % 8 === 0) await bystanderGoesOn();
    }
    await within(gone, 'the gateway to let go');
    await bystanderGoesOn();
    // Counted when its socket is gone: the close has 2 s to be polite in.
    const counted = async () =>
      /how="too_slow"\} 1/.test(await (await fetch(`${gateway.http}/metrics`)).text());
    await within(
      (async () => {
        // Not with every look: a bystander that types without end is over a limit of its own.
        for (let look = 0; !(await counted()); ++look) if (look % 40 === 0) await bystanderGoesOn();
      })(),
      'the count of clients that were too slow',
    );
    client.close();
  });

  test('a client that leaves takes its connection to the model along', async () => {
    const client = new NativeClient(gateway.native);
    await client.start();
    const gone = once(model.connections.at(-1).socket, 'close');
    client.socket.close(1000);
    await within(gone, 'the connection to the model to end');
    await bystanderGoesOn();
  });

  test('a foreign page is refused, the own page and programs are not', async () => {
    const foreign = new NativeClient(gateway.native, { origin: 'https://evil.example' });
    const { code, reason } = await foreign.isClosed();
    assert.equal(code, 1008);
    assert.match(reason, /https:\/\/evil\.example .*server\.allowed_origins/);
    assert.deepEqual(foreign.kinds(), ['origin_refused']);
    assert.equal(foreign.events[0].fatal, true);
    const own = new NativeClient(gateway.native, { origin: gateway.http });
    await own.start();
    own.close();
  });

  test('a page of an origin that is not listed can read why, and the log names it', async () => {
    const origin = 'http://localhost:5173';
    for (const text of ['{"setup":{"model":"models/x"}}', 'x'.repeat(200_000)]) {
      const page = new LiveClient(gateway.port, { origin });
      await page.send(text);
      const closed = await page.isClosed();
      assert.equal(closed.code, 1008);
      assert.match(closed.reason, /http:\/\/localhost:5173 .*server\.allowed_origins/);
      assert.deepEqual(page.messages, []);
    }
    await gateway.logged(/page of the origin http:\/\/localhost:5173 was refused/);
    const minted = await fetch(`${gateway.http}/v1/tokens`, {
      method: 'POST',
      headers: { Origin: origin },
    });
    assert.equal(minted.status, 403);
    assert.equal((await minted.json()).error.status, 'PERMISSION_DENIED');
    await bystanderGoesOn();
  });

  test('pages that are refused and do not go leave room for those that are not', async () => {
    const file = configFile('[server]\nthreads = 1\n');
    const narrow = await serve('gateway-pages', ['--upstream', model.url, '--config', file]);
    const sockets = await Promise.all(
      Array.from({ length: 150 }, async () => {
        const socket = net.connect(narrow.port, '127.0.0.1');
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write(
          'GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n' +
            'Connection: Upgrade\r\nOrigin: https://evil.example\r\n' +
            'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
        );
        const [answer] = await within(once(socket, 'data'), 'an answer');
        return { socket, status: Number(answer.toString().split(' ')[1]) };
      }),
    );
    const of = (status) => sockets.filter((each) => each.status === status).length;
    assert.equal(of(101) + of(403), 150);
    assert.ok(of(101) > 0 && of(403) > 0, `${of(101)} were let in to be told`);
    const own = new NativeClient(narrow.native, { origin: narrow.http });
    await own.start();
    own.close();
    for (const { socket } of sockets) socket.destroy();
    assert.equal(await narrow.stop(), 0);
  });

  test("an API's paths are refused in Google's JSON", async () => {
    for (const [target, options, code] of [
      ['/v1beta/models', {}, 404],
      ['/v1beta/models/gemini-3.8-live:generateContent', { method: 'POST', body: '{}' }, 405],
      ['/v1/live', {}, 426],
    ]) {
      const response = await fetch(gateway.http + target, options);
      assert.equal(response.status, code, target);
      const { error } = await response.json();
      assert.equal(error.code, code);
      assert.match(error.status, /^[A-Z_]+$/);
      assert.match(error.message, /\.$/);
    }
  });

  test('the drop-in path is known in all its forms, and no other path is', async () => {
    const knock = (target) =>
      within(
        new Promise((resolve) => {
          const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${target}`);
          socket.on('open', () => resolve(101));
          socket.on('unexpected-response', (request, response) => resolve(response.statusCode));
          socket.on('error', () => {});
        }),
        target,
      );
    const service = 'google.ai.generativelanguage.v1.GenerativeService';
    const firebase = '/ws/google.firebase.vertexai.v1beta';
    for (const known of [
      `/ws/${service}.BidiGenerateContent`,
      `//ws/${service}.BidiGenerateContent?key=x`,
      `/some/prefix/ws/${service}.BidiGenerateContentConstrained`,
      '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
      `${firebase}.GenerativeService/BidiGenerateContent`,
      `${firebase}.LlmBidiService/BidiGenerateContent/locations/us-central1`,
    ]) {
      assert.equal(await knock(known), 101, known);
    }
    for (const unknown of [
      '/ws',
      '/ws/',
      `/ws/${service}`,
      '/BidiGenerateContent',
      `/ws/${service}.BidiGenerateContent/locations/`,
      `/ws/${service}.BidiGenerateContent/locations/a/b`,
      `/ws/${service}/locations/us-central1`,
      '/v1/live/x',
    ]) {
      assert.equal(await knock(unknown), 404, unknown);
    }
  });

  test('the page travels compressed, and not at all where it is known', async () => {
    const first = await fetch(`${gateway.http}/app.js`);
    assert.equal(first.headers.get('content-encoding'), 'gzip');
    const text = await first.text();
    const plain = await fetch(`${gateway.http}/app.js`, {
      headers: { 'Accept-Encoding': 'identity' },
    });
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal(await plain.text(), text);
    const again = await fetch(`${gateway.http}/app.js`, {
      headers: { 'If-None-Match': first.headers.get('etag') },
    });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
  });

  test('health, readiness, metrics, the page, and nothing else', async () => {
    const get = (target) => fetch(gateway.http + target);
    assert.equal((await get('/healthz')).status, 200);
    assert.equal((await get('/readyz')).status, 200);
    assert.match(await (await get('/metrics')).text(), /livegate_sessions_open \d/);
    const page = await get('/');
    assert.match(page.headers.get('content-type'), /text\/html/);
    assert.match(page.headers.get('content-security-policy'), /default-src 'self'/);
    assert.equal((await get('/v1/live')).status, 426);
    assert.equal((await get('/no/such/file')).status, 404);
    assert.equal((await get('/../../etc/passwd')).status, 404);
    assert.equal((await get('/%2e%2e/%2e%2e/etc/passwd')).status, 404);
    assert.equal((await fetch(`${gateway.http}/`, { method: 'POST', body: 'x' })).status, 405);
  });
});

describe('a model that cannot be used', () => {
  test('a wrong key: one clear error that says what to change, and no second try', async () => {
    const model = await startFakeModel({
      onSetup: (c) => c.socket.close(1007, 'API key not valid. Please pass a valid API key.'),
    });
    const gateway = await serve('wrong_key', ['--upstream', model.url], { GEMINI_API_KEY: KEY });
    const client = new NativeClient(gateway.native);
    await client.send({ type: 'start' });
    const error = await client.event('error');
    assert.equal(error.code, 'upstream_refused');
    assert.equal(error.fatal, true);
    assert.match(error.message, /API key not valid.*GEMINI_API_KEY/);
    assert.equal((await client.isClosed()).code, 1011);
    assert.equal(model.connections.length, 1);
    await gateway.stop();
    model.close();
  });

  test('an unreachable model: one clear error, and its address in the log alone', async () => {
    const file = configFile(
      '[upstream]\nurl = "ws://127.0.0.1:1"\nbackoff_base_ms = 10\nfirst_tries_max = 2\n',
    );
    const gateway = await serve('unreachable', ['--config', file]);
    const client = new NativeClient(gateway.native);
    await client.send({ type: 'start' });
    const error = await client.event('error');
    assert.equal(error.code, 'upstream_unavailable');
    assert.match(error.message, /3 tries.*cannot connect to the server: Connection refused/);
    assert.doesNotMatch(JSON.stringify(client.events), /127\.0\.0\.1/);
    await gateway.logged(/cannot reach the model: cannot connect to 127\.0\.0\.1:1: /);
    assert.equal(client.events.filter((e) => e.type === 'reconnecting').length, 2);
    await client.isClosed();
    await gateway.stop();
  });
});

describe('the assistant as a model of its own process', () => {
  test('killed in mid-story and started again: the session is told, and goes on', async () => {
    const assistant = await startLivegate('assistant', ['offline', '--listen', '127.0.0.1:0']);
    const gateway = await serve('killed', ['--upstream', `ws://127.0.0.1:${assistant.port}`]);
    const client = new NativeClient(gateway.native);
    await client.start();
    await client.send({ type: 'text', text: 'tell me a story' });
    await client.until(() => client.audioBytes > 0, 'the story to begin');
    await assistant.stop('SIGKILL');
    await client.event('reconnecting');
    assert.equal((await client.event('turn_complete')).cut_off, true);
    const again = await startLivegate('assistant_again', [
      'offline',
      '--listen',
      `127.0.0.1:${assistant.port}`,
    ]);
    // The new process knows no handle of the old one: a fresh session, said honestly.
    assert.equal((await client.event('reconnected')).resumed, false);
    await client.turn('what time is it');
    client.close();
    assert.equal(await gateway.stop(), 0);
    assert.equal(await again.stop(), 0);
  });
});

describe('locks', () => {
  test('a user token opens the door wherever a client puts it, nothing else does', async () => {
    const model = await startFakeModel();
    const file = configFile(
      `[upstream]\nurl = "${model.url}"\n[auth]\ntokens = { alice = "${ALICE}" }\n`,
    );
    const gateway = await serve('tokens', ['--config', file]);
    const service = 'google.ai.generativelanguage.v1beta.GenerativeService';
    const live = `ws://127.0.0.1:${gateway.port}/ws/${service}.BidiGenerateContent`;
    const opened = [
      new NativeClient(gateway.native, { headers: { authorization: `Bearer ${ALICE}` } }),
      new NativeClient(gateway.native, { protocols: ['livegate.v1', `bearer.${ALICE}`] }),
    ];
    for (const client of opened) {
      await client.start();
      client.close();
    }
    for (const [url, headers] of [
      [`${live}?key=${ALICE}`, {}],
      [`${live}Constrained?access_token=${ALICE}`, {}],
      [live, { 'x-goog-api-key': ALICE }],
      [live, { authorization: `Token ${ALICE}` }],
    ]) {
      const socket = new WebSocket(url, { headers });
      await within(once(socket, 'open'), 'the socket');
      socket.send('{"setup":{"model":"models/m"}}');
      const [answer] = await within(once(socket, 'message'), 'setupComplete');
      assert.match(answer.toString(), /setupComplete/);
      socket.terminate();
    }
    const refused = new NativeClient(gateway.native, {
      headers: { authorization: 'Bearer wrong-token' },
    });
    assert.equal((await refused.event('error')).code, 'unauthorized');
    assert.equal((await refused.isClosed()).code, 1008);
    const refusedLive = new WebSocket(`${live}?key=wrong`);
    const [code, reason] = await within(once(refusedLive, 'close'), 'the close');
    assert.equal(code, 1007);
    assert.match(reason.toString(), /^API key not valid/);
    await gateway.stop();
    model.close();
  });

  test('a full gateway says so, in HTTP and in the conversation', async () => {
    const model = await startFakeModel();
    const file = configFile(`[upstream]\nurl = "${model.url}"\n[limits]\nsessions = 1\n`);
    const gateway = await serve('full', ['--config', file]);
    const first = new NativeClient(gateway.native);
    await first.start();
    // It might want to go on with the first one's session: only its start shows that it does not.
    const second = new NativeClient(gateway.native);
    await second.send({ type: 'start' });
    assert.equal((await second.event('error')).code, 'server_full');
    assert.equal((await second.isClosed()).code, 1013);
    assert.equal((await fetch(`${gateway.http}/readyz`)).status, 503);
    first.socket.close(1000);
    await within(
      model.until(() => model.connections[0].socket.readyState === WebSocket.CLOSED),
      'the place to be free',
    );
    await gateway.stop();
    model.close();
  });
});

describe('starting and stopping', () => {
  test('a port in use is one clear sentence and exit code 2', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address();
    const { code, stderr } = await runLivegate([
      'serve',
      '--listen',
      `127.0.0.1:${port}`,
      '--upstream',
      'ws://127.0.0.1:1',
    ]);
    taken.close();
    assert.equal(code, 2);
    assert.equal(stderr.trim().split('\n').length, 1);
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}.*already uses`));
  });

  test('a folder of the operator is laid over the page, and only that folder', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'livegate-test-'));
    const site = path.join(folder, 'site');
    mkdirSync(path.join(site, 'vendor'), { recursive: true });
    writeFileSync(path.join(folder, 'outside.js'), 'outside');
    writeFileSync(path.join(site, 'app.js'), 'mine');
    writeFileSync(path.join(site, '.hidden.js'), 'hidden');
    writeFileSync(path.join(site, 'vendor', 'large.js'), 'x'.repeat(2_000_000));
    const gateway = await serve('overlay', ['--upstream', 'offline', '--web-dir', site]);
    const body = async (name) => (await fetch(`${gateway.http}${name}`)).text();
    assert.equal(await body('/app.js'), 'mine');
    assert.equal((await body('/vendor/large.js')).length, 2_000_000);
    assert.match(await body('/'), /<title>Livegate/);
    for (const name of [
      '/.hidden.js',
      '/%2e%2e/outside.js',
      '/vendor',
      '/vendor/../../outside.js',
    ])
      assert.equal((await fetch(`${gateway.http}${name}`)).status, 404, name);
    await gateway.stop();
    const wrong = await runLivegate(['--web-dir', path.join(folder, 'nowhere')]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /nowhere.*server\.web_dir/);
  });

  test('a bad configuration is refused by the name of its key', async () => {
    const file = configFile('[vad]\nagressiveness = 2\n');
    for (const command of [
      ['serve', '--config', file],
      ['check-config', file],
    ]) {
      const { code, stderr } = await runLivegate(command);
      assert.equal(code, 2);
      assert.match(stderr, /vad\.agressiveness.*did you mean 'aggressiveness'/);
    }
  });

  test('the block in docs/configuration.md is a configuration, that of the defaults', async () => {
    const guide = new URL('../../docs/configuration.md', import.meta.url);
    const [, block] = /```toml\n([^]*?)```/.exec(readFileSync(guide, 'utf8'));
    const shown = async (text) => {
      const { code, stdout, stderr } = await runLivegate(['check-config', configFile(text)]);
      assert.equal(code, 0, stderr);
      return stdout.replaceAll(/\S*livegate-test-\S*/g, 'FILE');
    };
    assert.ok(block.split('\n').length > 60);
    assert.equal(await shown(block), await shown(''));
  });

  test('wrong words on the command line are refused by name', async () => {
    for (const [args, complaint] of [
      [['serve', '--upstream', 'https://x'], /https:\/\/x.*ws:\/\//],
      [['serve', '--listen', 'nowhere'], /nowhere.*HOST:PORT/],
      [['serve', '--vad', 'loud'], /loud.*silero.*webrtc/],
      [['dance'], /dance/],
      [['talk'], /recording.*--say/],
    ]) {
      const { code, stderr } = await runLivegate(args);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, complaint);
    }
  });

  test('--help teaches and --version says', async () => {
    const help = await runLivegate(['--help']);
    assert.equal(help.code, 0);
    for (const word of ['serve', 'talk', 'offline', 'check-config', 'GEMINI_API_KEY']) {
      assert.ok(help.stdout.includes(word), word);
    }
    assert.match((await runLivegate(['--version'])).stdout, /livegate \d+\.\d+/);
  });

  test('a stopping gateway says goodbye to its sessions and ends with 0', async () => {
    const model = await startFakeModel();
    const gateway = await serve('stopping', ['--upstream', model.url]);
    const client = new NativeClient(gateway.native);
    await client.start();
    const ended = gateway.stop();
    assert.match((await client.event('bye')).reason, /shutting down/);
    assert.equal((await client.isClosed()).code, 1001);
    assert.equal(await ended, 0);
    model.close();
  });
});
