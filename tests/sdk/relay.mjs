// The road between an app and its server, so that a test can break it: plain TCP, TLS goes through
// unread. What is on the road and what is behind it is left to the test.

import { once } from 'node:events';
import net from 'node:net';

/** @param {number} port of the server on this machine */
export async function startRelay(port) {
  /** @type {Set<net.Socket>} */
  const sockets = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    /** Breaks every connection, without a word of farewell to either side. */
    cut() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close() {
      this.cut();
      server.close();
    },
  };
}
