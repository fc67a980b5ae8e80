// Hostile clients of some kinds, so many at once, for so long: a process of its own beside the
// clients that are measured.
//
//   node bench/hostile/attack.mjs PORT COUNT SECONDS TOKEN KIND[,KIND...]
//
// Each client comes from an address of its own block (127.1.0.0/16), 50 clients an address, and
// begins again as soon as its connection is gone, at most ten times a second. TOKEN `-`: none.

import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { frame, KINDS } from './kinds.mjs';

const CLIENTS_AN_ADDRESS = 50;
const AGAIN_MS = 100;

class Gone extends Error {}

/** One hostile client and its present connection. */
export class Foe {
  constructor(port, number, token) {
    this.port = port;
    this.token = token;
    const block = Math.floor(number / CLIENTS_AN_ADDRESS);
    this.address = `127.1.${block >> 8}.${(block & 255) + 1}`;
    this.connections = 0;
    this.refused = 0;
  }

  connect() {
    return new Promise((resolve, reject) => {
      this.socket = connect({ port: this.port, host: '127.0.0.1', localAddress: this.address });
      this.gone = new Promise((done) => this.socket.once('close', () => done()));
      this.socket.once('connect', () => {
        this.connections += 1;
        resolve();
      });
      this.socket.once('error', () => reject(new Gone()));
      this.socket.on('error', () => {});
      this.socket.resume();
    });
  }

  /** Waits for room in the socket, as long as the gateway reads nothing. */
  async write(bytes) {
    if (this.socket.destroyed) throw new Gone();
    if (this.socket.write(bytes)) return;
    await Promise.race([new Promise((room) => this.socket.once('drain', room)), this.gone]);
  }

  async rest(ms) {
    await Promise.race([wait(ms), this.gone]);
    if (this.socket.destroyed) throw new Gone();
  }

  hold(ms = 3_600_000) {
    return this.rest(ms);
  }

  /** Asks for a WebSocket; resolves with whether it was let in. */
  async upgrade({ token, origin }) {
    await this.write(
      `GET /v1/live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n` +
        `Sec-WebSocket-Protocol: livegate.v1\r\n` +
        (token ? `Authorization: Bearer ${token}\r\n` : '') +
        (origin ? `Origin: ${origin}\r\n` : '') +
        '\r\n',
    );
    const answer = await Promise.race([
      new Promise((got) => this.socket.once('data', (data) => got(data.toString('latin1')))),
      this.gone.then(() => ''),
    ]);
    this.socket.resume();
    if (!answer.startsWith('HTTP/1.1 101')) {
      this.refused += 1;
      return false;
    }
    return true;
  }

  async start() {
    if (!(await this.upgrade({ token: this.token }))) throw new Gone();
    await this.write(frame(1, JSON.stringify({ type: 'start', rate: 16000 })));
  }

  /** Until `ended`. */
  async attack(act, ended) {
    while (!ended()) {
      try {
        await this.connect();
        await act(this);
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
      }
      this.socket.destroy();
      await wait(AGAIN_MS);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [port, count, seconds, token, kinds] = process.argv.slice(2);
  const acts = kinds.split(',').map((kind) => KINDS[kind].act);
  const until = performance.now() + 1000 * Number(seconds);
  const foes = Array.from(
    { length: Number(count) },
    (_, i) => new Foe(Number(port), i, token === '-' ? null : token),
  );
  foes.forEach((foe, i) => foe.attack(acts[i % acts.length], () => performance.now() > until));
  await wait(1000 * Number(seconds));
  const sum = (key) => foes.reduce((all, foe) => all + foe[key], 0);
  console.log(JSON.stringify({ connections: sum('connections'), refused: sum('refused') }));
  process.exit(0);
}
