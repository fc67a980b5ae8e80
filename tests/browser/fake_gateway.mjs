// A gateway in the test's hand: serves the page under the strictest policy it must live with and
// speaks livegate.v1 (docs/wire-browser.md) by a script, so that a test can provoke at will what
// a real gateway does rarely: refusals, lost connections, late audio after `interrupted`. Run
// alone it is a toy to look at the page:
//
//   node fake_gateway.mjs [PORT]       then open the address that it prints
//
// It hears by energy alone and answers the n-th utterance or typed line with the n-th step of its
// script.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import path from 'node:path';
import { require } from '../lib/livegate.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { WebSocketServer } = require('ws');

const WEB = path.join(here, '../../web');
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const PACKET_MS = 40;
const PACKET_SAMPLES = 24 * PACKET_MS;
const NOTICE = 'This is the offline assistant: it understands a few sentences about the house.';
const SPEECH_RMS = 400; // of 32768
const END_MS = 500;

/**
 * One step of the script: what the model does with one utterance.
 * `heard` the user's words, `says` the reply's words, `seconds` of tone, `call` a tool call
 *   before it.
 */
const SCRIPT = [
  {
    heard: 'tell me a story',
    says:
      'Once upon a time there was a lamp that would not go out. Every night the people of the ' +
      'house told it to sleep, and every night it glowed on, because nobody had asked it what it ' +
      'was waiting for.',
    seconds: 20,
  },
  {
    heard: 'dim the living room lights',
    says: 'Dimming the living room lights.',
    seconds: 2,
    call: { name: 'set_light', args: { room: 'living_room', brightness: 30 } },
  },
  {
    heard: 'set the temperature to twenty four',
    says: 'The thermostat is set to twenty four degrees.',
    seconds: 2,
    call: { name: 'set_thermostat', args: { temperature: 24 } },
  },
];

export class FakeGateway {
  /** @param {{script?: object[], token?: string, notice?: string}} [options] */
  constructor({ script = SCRIPT, token = '', notice = NOTICE } = {}) {
    Object.assign(this, { script, token, notice });
    this.calls = []; // every Call that was accepted
    this.requests = [];
    this.refusal = null; // {code, message}: answers the next start with this fatal error
    this.deaf = false; // hears no speech, so confirms no barge-in
    this.http = createServer((request, response) => this.#serve(request, response));
    this.sockets = new WebSocketServer({
      server: this.http,
      path: '/v1/live',
      handleProtocols: (offered) => (offered.has('livegate.v1') ? 'livegate.v1' : false),
    });
    this.sockets.on('connection', (socket, request) =>
      this.calls.push(new Call(this, socket, request)),
    );
  }

  /** @returns {Promise<string>} the address */
  async listen(port = 0) {
    await new Promise((resolve) => this.http.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.http.address().port}`;
  }

  async close() {
    for (const socket of this.sockets.clients) socket.terminate();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  get call() {
    return this.calls[this.calls.length - 1];
  }

  async #serve(request, response) {
    const { pathname } = new URL(request.url, 'http://x');
    this.requests.push(pathname);
    if (pathname === '/healthz') return response.end('ok\n');
    const file = path.join(WEB, pathname === '/' ? 'index.html' : path.normalize(pathname));
    try {
      const body = await readFile(file);
      response.writeHead(200, {
        'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream',
        'Content-Security-Policy':
          "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        'X-Content-Type-Options': 'nosniff',
        'Cache-Control': 'no-store',
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  }
}

class Call {
  constructor(gateway, socket, request) {
    Object.assign(this, { gateway, socket });
    this.protocols = request.headers['sec-websocket-protocol'];
    this.messages = []; // every JSON message of the page
    this.audioSamples = 0;
    this.turn = 0;
    this.step = 0;
    this.loudMs = 0;
    this.quietMs = 0;
    this.speaking = false;
    this.timer = null;
    this.paused = false;
    socket.on('message', (data, binary) =>
      binary ? this.#hear(data) : this.#read(JSON.parse(data)),
    );
    socket.on('close', () => clearInterval(this.timer));
  }

  say(event) {
    this.socket.send(JSON.stringify(event));
  }

  /** Sends `samples` of a 220 Hz tone as reply audio. */
  sound(samples) {
    const pcm = new Int16Array(samples);
    for (let i = 0; i < samples; i++)
      pcm[i] = 9000 * Math.sin((2 * Math.PI * 220 * (this.at = (this.at ?? 0) + 1)) / 24000);
    this.socket.send(Buffer.from(pcm.buffer));
  }

  #read(message) {
    this.messages.push(message);
    if (message.type === 'start') this.#start();
    if (message.type === 'ping') this.say({ type: 'pong', id: message.id });
    if (message.type === 'text') this.#utterance(message.text, true);
    if (message.type === 'interrupt') this.interrupted();
    if (message.type === 'stop') {
      this.say({ type: 'bye', reason: 'stopped' });
      this.socket.close(1000);
    }
    if (message.type === 'tool_result') this.afterTool?.();
  }

  #start() {
    const { refusal, token, notice } = this.gateway;
    const wanted = token && !this.protocols.includes(`bearer.${token}`);
    const error = wanted
      ? { code: 'unauthorized', message: 'This gateway wants a user token.' }
      : refusal;
    if (error) {
      this.say({ type: 'error', fatal: true, ...error });
      this.socket.close(1008);
      return;
    }
    this.say({
      type: 'ready',
      session: 'fake01',
      model: 'offline-assistant',
      upstream: 'offline',
      notice,
      rate: 16000,
      output_rate: 24000,
    });
  }

  #hear(data) {
    const samples = new Int16Array(
      data.buffer.slice(data.byteOffset, data.byteOffset + data.length),
    );
    this.audioSamples += samples.length;
    const ms = samples.length / 16;
    const rms = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
    this.loudMs = rms > SPEECH_RMS ? this.loudMs + ms : 0;
    this.quietMs = rms > SPEECH_RMS ? 0 : this.quietMs + ms;
    if (this.gateway.deaf) return;
    if (!this.speaking && this.loudMs >= 60) {
      this.speaking = true;
      this.say({ type: 'speech_started', at_ms: Math.round(this.audioSamples / 16) });
      this.interrupted();
    } else if (this.speaking && this.quietMs >= END_MS) {
      this.speaking = false;
      this.say({ type: 'speech_ended', at_ms: Math.round(this.audioSamples / 16) });
      this.#utterance();
    }
  }

  interrupted() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    this.say({ type: 'interrupted', turn: this.turn });
    this.interruptedAt = performance.now();
    this.say({ type: 'turn_complete', turn: this.turn, cut_off: true, latency: {}, usage: {} });
  }

  #utterance(text = '', typed = false) {
    const step = this.gateway.script[this.step++ % this.gateway.script.length];
    const turn = ++this.turn;
    if (!typed) {
      for (const word of step.heard.split(/(?<= )/))
        this.say({ type: 'transcript', role: 'user', turn, text: word });
    }
    this.say({ type: 'turn_started', turn });
    if (step.call) {
      this.afterTool = () => this.#reply(step, turn);
      this.say({ type: 'tool_call', turn, id: `call-${turn}`, ...step.call });
    } else {
      this.#reply(step, turn);
    }
  }

  #reply(step, turn) {
    const words = step.says.split(/(?<= )/);
    const packets = Math.round((step.seconds * 1000) / PACKET_MS);
    let due = 5;
    let sent = 0;
    let said = 0;
    const send = () => {
      // What a stall of the network held back comes all at once after it.
      for (; !this.paused && sent < due; sent++) {
        if (sent === step.stallsAfter && !this.stalled) {
          this.paused = this.stalled = true;
          return;
        }
        this.sound(PACKET_SAMPLES);
      }
      while (said < words.length && said < (words.length * sent) / packets) {
        this.say({ type: 'transcript', role: 'model', turn, text: words[said++] });
      }
    };
    send();
    this.timer = setInterval(() => {
      due = Math.min(packets, due + 1);
      send();
      if (sent < packets) return;
      clearInterval(this.timer);
      this.timer = null;
      this.say({ type: 'generation_complete', turn });
      const latency = {
        first_packet_ms: 93,
        end_to_end_ms: 611,
        continuous_ms: 41,
        decision_ms: 500,
        gateway_ms: 0.2,
      };
      this.say({ type: 'turn_complete', turn, latency, usage: {} });
    }, PACKET_MS);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const address = await new FakeGateway().listen(Number(process.argv[2] ?? 0));
  console.log(`The fake gateway is listening on ${address}`);
}
