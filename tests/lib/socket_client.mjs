// A WebSocket client that tests wait on. Knows how its connection stands; what messages are, and
// what is kept of them, is decided by the wire that extends it.

import { require } from './livegate.mjs';
import { Waiting } from './waiting.mjs';

const WebSocket = require('ws');

export class SocketClient extends Waiting {
  /** How the connection ended: {code, reason, bytes} of its close, {status} of a refusal. */
  closed = null;

  /** A new connection. Of the one before nothing is heard any more. */
  open(url, protocols, options) {
    const socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
    this.socket = socket;
    this.closed = null;
    const on = (event, happened) =>
      socket.on(event, (...args) => {
        if (this.socket !== socket) return;
        happened(...args);
        this.settle();
      });
    on('open', () => {});
    on('message', (data, isBinary) => this.take(data, isBinary));
    on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString(), bytes: reason.length };
    });
    on('unexpected-response', (request, response) => {
      this.closed = { status: response.statusCode };
      request.destroy();
    });
    on('error', () => {});
  }

  isOpen() {
    return this.until(
      () => this.socket.readyState === WebSocket.OPEN || this.closed,
      'the socket to open',
    );
  }

  isClosed() {
    return this.until(() => this.closed, 'the close');
  }

  close() {
    this.socket.terminate();
  }

  had() {
    return `${JSON.stringify(this.kinds())}, closed ${JSON.stringify(this.closed)}`;
  }
}
