// A scripted Live API server: what a test wants the model's side to do, it does.

import { once } from 'node:events';

import { require } from './livegate.mjs';
import { Waiting } from './waiting.mjs';

const { WebSocketServer } = require('ws');

/** The frames of one connection are JSON; the service answers in binary ones. */
class Connection {
  constructor(socket, request) {
    this.socket = socket;
    this.headers = request.headers;
    this.url = request.url;
    this.setup = null;
    this.messages = [];
  }
  say(message) {
    this.socket.send(Buffer.from(JSON.stringify(message)), { binary: true });
  }
  /** `bytes` of audio at 24 kHz in one message. */
  play(bytes) {
    const data = Buffer.alloc(bytes, 7).toString('base64');
    this.say({
      serverContent: {
        modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] },
      },
    });
  }
  /** One whole reply. */
  reply() {
    this.play(960);
    this.say({ serverContent: { generationComplete: true } });
    this.say({ serverContent: { turnComplete: true }, usageMetadata: { totalTokenCount: 7 } });
  }
}

/**
 * @param {{onSetup?: (connection: Connection) => void,
 *          onMessage?: (connection: Connection, message: any) => void}} script
 *   By default a setup is answered and every realtimeInput.text gets a reply.
 */
export async function startFakeModel(script = {}) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  /** @type {Connection[]} */
  const connections = [];
  const happenings = new Waiting();
  const settle = () => happenings.settle();
  server.on('connection', (socket, request) => {
    const connection = new Connection(socket, request);
    connections.push(connection);
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString());
      connection.messages.push(message);
      if (message.setup) {
        connection.setup = message.setup;
        (script.onSetup ?? ((c) => c.say({ setupComplete: {} })))(connection);
      } else if (script.onMessage) {
        script.onMessage(connection, message);
      } else if (message.realtimeInput?.text) {
        connection.reply();
      }
      settle();
    });
    socket.on('close', settle);
    socket.on('error', () => {});
    settle();
  });
  return {
    url: `ws://127.0.0.1:${server.address().port}/ws`,
    connections,
    /** Resolves with the first truthy value of `find`, looked at whenever something happens. */
    until: (find) => happenings.found(find),
    close() {
      for (const { socket } of connections) socket.terminate();
      server.close();
    },
  };
}
