// Our WebSocket against npm's `ws`, in both roles. ECHO_SERVER and ECHO_CLIENT name our programs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';

const require = createRequire(new URL('../node/package.json', import.meta.url));
const { WebSocket, WebSocketServer } = require('ws');

const CAP = 1024 * 1024;

/** Fails instead of hanging. The limit means "it hung", nothing else. */
function within(promise, what, limitMs = 20000) {
  let timer;
  const limit = new Promise((_, reject) => {
    const error = new Error(`still waiting for ${what} after ${limitMs} ms`);
    timer = setTimeout(() => reject(error), limitMs);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** One of our programs, and its standard output line by line. */
function run(program, args = []) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    exited: once(child, 'exit'),
    async line(what) {
      return (await within(lines.next(), what)).value;
    },
  };
}

/** The next `count` messages of a ws socket, as [data, isBinary]. */
function messages(socket, count) {
  const seen = [];
  return within(
    new Promise((resolve, reject) => {
      socket.on('message', (data, isBinary) => {
        seen.push([data, isBinary]);
        if (seen.length === count) resolve(seen);
      });
      socket.once('close', (code, reason) => {
        reject(new Error(`closed ${code} ${reason} after ${seen.length}`));
      });
      socket.once('error', reject);
    }),
    `${count} messages`,
  );
}

async function closed(socket) {
  socket.on('error', () => {});
  const [code, reason] = await within(once(socket, 'close'), 'the close');
  return [code, reason.toString()];
}

function pattern(size) {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i += 1) bytes[i] = (i * 31 + (i >> 8)) & 0xff;
  return bytes;
}

/**
 * What holds in either role. `open(t)` gives the ws end of a fresh connection to us, and `report`,
 * the line that our program prints when that connection has ended. `answer`: our code for a close
 * without one.
 */
function sharedTests(open, answer) {
  test('text, binary and empty messages come back as they were', async (t) => {
    const { socket } = await open(t);
    const back = messages(socket, 4);
    socket.send('grüße 😀');
    socket.send(Buffer.from([0, 255, 128]));
    socket.send('');
    socket.send(Buffer.alloc(0));
    const seen = await back;
    assert.deepEqual(seen.map(([data, isBinary]) => [data.toString('hex'), isBinary]), [
      [Buffer.from('grüße 😀').toString('hex'), false],
      ['00ff80', true],
      ['', false],
      ['', true],
    ]);
    socket.terminate();
  });

  test('every size at the edges of the length forms, up to the cap', async (t) => {
    const { socket } = await open(t);
    const sizes = [1, 125, 126, 127, 65535, 65536, 65537, CAP];
    const back = messages(socket, sizes.length);
    for (const size of sizes) socket.send(pattern(size));
    const seen = await back;
    seen.forEach(([data], i) => assert.ok(data.equals(pattern(sizes[i])), `${sizes[i]} bytes`));
    socket.terminate();
  });

  test('a ping is answered with its own payload, also between fragments', async (t) => {
    const { socket } = await open(t);
    const back = messages(socket, 1);
    const pong = within(once(socket, 'pong'), 'the pong');
    socket.send('first ', { fin: false });
    socket.ping('are you there');
    socket.send('and ', { fin: false });
    socket.send('last', { fin: true });
    assert.equal((await pong)[0].toString(), 'are you there');
    const [[data, isBinary]] = await back;
    assert.equal(data.toString(), 'first and last');
    assert.equal(isBinary, false);
    socket.terminate();
  });

  test('ten thousand messages keep their order', async (t) => {
    const { socket } = await open(t);
    const back = messages(socket, 10000);
    for (let i = 0; i < 10000; i += 1) socket.send(String(i));
    const seen = await back;
    seen.forEach(([data], i) => assert.equal(data.toString(), String(i)));
    socket.terminate();
  });

  const ends = [[1000, 'done'], [1001, ''], [3000, 'x'.repeat(123)], [4999, 'grüße']];
  for (const [code, reason] of ends) {
    test(`a close with ${code} is answered and reported`, async (t) => {
      const { socket, report } = await open(t);
      const end = closed(socket);
      socket.close(code, reason);
      assert.deepEqual(await end, [code, '']);
      assert.equal(await report(), `closed ${code} by peer ${reason}`);
    });
  }

  test('a close without a code is 1005', async (t) => {
    const { socket, report } = await open(t);
    const end = closed(socket);
    socket.close();
    assert.deepEqual(await end, [answer, '']);
    assert.equal(await report(), 'closed 1005 by peer ');
  });

  test('a close of ours arrives with code and reason', async (t) => {
    const { socket, report } = await open(t);
    const end = closed(socket);
    socket.send('close 4002 we are done');
    assert.deepEqual(await end, [4002, 'we are done']);
    assert.equal(await report(), 'closed 4002 by us we are done'); // ws echoes the reason too
  });

  test('a message over the cap is refused with 1009', async (t) => {
    const { socket, report } = await open(t);
    const end = closed(socket);
    socket.send(Buffer.alloc(CAP + 1));
    assert.deepEqual(await end, [1009, 'the message is too big']);
    assert.equal(await report(), 'closed 1009 by us the message is too big');
  });

  test('fragments that are over the cap together are refused with 1009', async (t) => {
    const { socket } = await open(t);
    const end = closed(socket);
    socket.send(Buffer.alloc(CAP), { fin: false });
    socket.send(Buffer.alloc(1), { fin: true });
    assert.equal((await end)[0], 1009);
  });

  test('text that is not UTF-8 is refused with 1007', async (t) => {
    const { socket } = await open(t);
    const end = closed(socket);
    socket.send(Buffer.from([0x61, 0xc3, 0x28]), { binary: false });
    assert.deepEqual(await end, [1007, 'the text is not UTF-8']);
  });

  test('a peer that vanishes is reported as 1006', async (t) => {
    const { socket, report } = await open(t);
    socket.terminate();
    assert.match(await report(), /^closed 1006 by peer ./);
  });
}

describe('our server, their client', () => {
  let server;
  let port;
  before(async () => {
    server = run(process.env.ECHO_SERVER);
    port = Number((await server.line('the server')).split(' ').pop());
  });
  after(() => server.child.kill());

  async function open(protocols = [], options = {}) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, protocols, options);
    await within(once(socket, 'open'), 'the connection');
    return socket;
  }

  test('offers of compression are declined', async () => {
    const socket = await open([], { perMessageDeflate: true });
    assert.equal(socket.extensions, '');
    const back = messages(socket, 1);
    socket.send('x'.repeat(5000));
    assert.equal((await back)[0][0].toString(), 'x'.repeat(5000));
    socket.terminate();
  });

  test('a subprotocol is agreed on', async () => {
    const socket = await open(['first', 'second']);
    assert.equal(socket.protocol, 'first');
    socket.terminate();
  });

  test('a version that is not 13 is refused with 426', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { protocolVersion: 8 });
    const [error] = await within(once(socket, 'error'), 'the refusal');
    assert.match(error.message, /426/);
  });

  describe('shared', () => {
    // Each with a server of its own, so that reports are its own.
    sharedTests(async (t) => {
      const own = run(process.env.ECHO_SERVER);
      const ownPort = Number((await own.line('the server')).split(' ').pop());
      const socket = new WebSocket(`ws://127.0.0.1:${ownPort}/`, { perMessageDeflate: false });
      t.after(() => own.child.kill());
      await within(once(socket, 'open'), 'the connection');
      return { socket, report: () => own.line('a report') };
    }, 1000);
  });
});

describe('our client, their server', () => {
  let server;
  before(async () => {
    server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      perMessageDeflate: true,
      handleProtocols: (protocols) => (protocols.has('second') ? 'second' : false),
    });
    await once(server, 'listening');
  });
  after(() => server.close());

  function url() {
    return `ws://127.0.0.1:${server.address().port}/some/path?q=1`;
  }
  async function open(t, args = []) {
    const connection = within(once(server, 'connection'), 'the client');
    const client = run(process.env.ECHO_CLIENT, [url(), ...args]);
    t.after(() => client.child.kill());
    const [socket, request] = await connection;
    assert.equal(await client.line('the opening'), 'open');
    return { socket, request, report: () => client.line('a report') };
  }

  sharedTests(open, 1005);

  test('asks for the path and a subprotocol, and offers no extension', async (t) => {
    const { socket, request } = await open(t, ['first, second']);
    assert.equal(request.url, '/some/path?q=1');
    assert.equal(socket.protocol, 'second');
    assert.equal(socket.extensions, '');
    assert.equal(request.headers['sec-websocket-extensions'], undefined);
    socket.terminate();
  });

  test('says with which status an upgrade was refused', async () => {
    const refusing = createServer((_, response) => response.writeHead(404).end());
    refusing.on('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
    });
    await once(refusing.listen(0, '127.0.0.1'), 'listening');
    const { port } = refusing.address();
    const client = run(process.env.ECHO_CLIENT, [`ws://127.0.0.1:${port}/`]);
    assert.equal(
      await client.line('the refusal'),
      `failed: 127.0.0.1:${port} refused the upgrade to WebSocket with HTTP status 401`,
    );
    refusing.close();
  });
});
