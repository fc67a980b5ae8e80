// Clients that are measured: sessions that talk all the time, sessions that begin, and a load
// balancer that looks whether the gateway lives. A process of its own; prints one line of JSON a
// second, and stops at the end of its input.
//
//   node bench/hostile/good.mjs PORT SESSIONS TOKEN

import { setTimeout as wait } from 'node:timers/promises';
import { require } from '../../tests/lib/livegate.mjs';

const WebSocket = require('ws');
const [port, sessions, token] = process.argv.slice(2);
const PACKET_MS = 40;
const PING_EVERY_MS = 200;
const BEGIN_EVERY_MS = 250;
const PATIENCE_MS = 5000;

let seen = fresh();
function fresh() {
  return { delays: [], lost: 0, begun: 0, notBegun: 0, healthy: 0, unhealthy: 0 };
}

function open() {
  return new WebSocket(`ws://127.0.0.1:${port}/v1/live`, 'livegate.v1', {
    headers: { authorization: `Bearer ${token}` },
    handshakeTimeout: PATIENCE_MS,
  });
}

/** Resolves with whether the session was ready in time. */
function ready(socket) {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), PATIENCE_MS);
    const settle = (well) => {
      clearTimeout(late);
      resolve(well);
    };
    socket.on('open', () => socket.send(JSON.stringify({ type: 'start', rate: 16000 })));
    socket.on('message', (data, binary) => {
      if (!binary && data.includes('"type":"ready"')) settle(true);
    });
    socket.on('error', () => settle(false));
    socket.on('close', () => settle(false));
  });
}

async function talk() {
  for (;;) {
    const socket = open();
    const asked = new Map();
    let number = 0;
    socket.on('message', (data, binary) => {
      if (binary) return;
      const event = JSON.parse(data.toString());
      if (event.type !== 'pong') return;
      seen.delays.push(performance.now() - asked.get(event.id));
      asked.delete(event.id);
    });
    if (await ready(socket)) {
      const silence = Buffer.alloc(32 * PACKET_MS);
      const speaks = setInterval(() => socket.send(silence), PACKET_MS);
      const asks = setInterval(() => {
        asked.set((number += 1), performance.now());
        socket.send(JSON.stringify({ type: 'ping', id: number }));
      }, PING_EVERY_MS);
      if (socket.readyState === WebSocket.OPEN) {
        await new Promise((closed) => socket.once('close', closed));
      }
      clearInterval(speaks);
      clearInterval(asks);
    }
    seen.lost += 1;
    for (const at of asked.values()) seen.delays.push(performance.now() - at);
    await wait(500);
  }
}

async function begin() {
  for (;;) {
    const socket = open();
    if (await ready(socket)) seen.begun += 1;
    else seen.notBegun += 1;
    socket.close(1000);
    await wait(BEGIN_EVERY_MS);
  }
}

async function look() {
  for (;;) {
    const well = await fetch(`http://127.0.0.1:${port}/healthz`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).then(
      (response) => response.status === 200,
      () => false,
    );
    if (well) seen.healthy += 1;
    else seen.unhealthy += 1;
    await wait(BEGIN_EVERY_MS);
  }
}

for (let i = 0; i < Number(sessions); ++i) {
  talk();
  await wait(20);
}
begin();
look();
process.stdin.on('end', () => process.exit(0)).resume();
setInterval(() => {
  console.log(JSON.stringify(seen));
  seen = fresh();
}, 1000);
