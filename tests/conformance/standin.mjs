// The stand-in as its conformance tests start it, and what they say to it.

import { LiveClient } from '../lib/live_client.mjs';
import { startLivegate } from '../lib/livegate.mjs';
import { play, silence } from '../lib/speech.mjs';

export const KEY = 'test-key-of-the-stand-in-5c20';
export const MODEL = 'models/gemini-3.8-live';
export const OLDER = 'models/gemini-2.5-flash-native-audio-latest';

/** Without delays, for rows that are about what is said and not when. */
export const PROMPT = [
  ...['--profile', 'all', '--setup-delay', '0ms', '--first-audio', '0ms', '--silence', '400ms'],
  ...['--pace', '1000'],
];

export function standIn(name, args = PROMPT) {
  return startLivegate(
    `stand-in-${name}`,
    ['offline', '--listen', '127.0.0.1:0', '--key-env', 'STANDIN_KEY', ...args],
    { STANDIN_KEY: KEY },
  );
}

export const LIGHT = {
  name: 'set_light',
  description: 'Turns a light on or off',
  parameters: {
    type: 'OBJECT',
    properties: {
      room: { type: 'STRING', enum: ['kitchen', 'bedroom'] },
      on: { type: 'BOOLEAN' },
    },
    required: ['room', 'on'],
  },
};
export const lights = (behavior) => [
  { functionDeclarations: [behavior ? { ...LIGHT, behavior } : LIGHT] },
];

export class Talker extends LiveClient {
  constructor(server, options = {}) {
    super(server.port, { key: KEY, ...options });
  }

  /** Connects and sets up; `settings` are members of the setup. */
  static async with(server, settings = {}, options = {}) {
    const talker = new Talker(server, options);
    await talker.start({ setup: { model: MODEL, ...settings } });
    return talker;
  }

  types(text, turnComplete = true) {
    return this.send({
      clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete },
    });
  }

  sendAudio(pcm, mimeType = 'audio/pcm;rate=16000') {
    this.socket.send(
      JSON.stringify({ realtimeInput: { audio: { mimeType, data: pcm.toString('base64') } } }),
    );
  }

  /** A person's words in real time, then a second of silence. */
  async says(pcm) {
    await play(Buffer.concat([silence(200), pcm, silence(1000)]), (frame) => {
      if (this.socket.readyState === 1) this.sendAudio(frame);
    });
  }

  answers(call, response = { result: 'ok' }, more = {}) {
    return this.send({
      toolResponse: { functionResponses: [{ id: call.id, name: call.name, response, ...more }] },
    });
  }

  async call(from = 0) {
    const message = await this.message((m) => m.toolCall, 'a toolCall', from);
    return message.toolCall.functionCalls[0];
  }

  turnIsOver(from = 0) {
    return this.message((m) => m.serverContent?.turnComplete, 'turnComplete', from);
  }

  /** What came from message number `from` on: kinds in order, a run of one kind once. */
  story(from = 0) {
    const kinds = [];
    const add = (kind) => kind !== kinds.at(-1) && kinds.push(kind);
    for (const message of this.messages.slice(from)) {
      const content = message.serverContent ?? {};
      if (message.toolCallCancellation) add('toolCallCancellation');
      if (message.toolCall) add('toolCall');
      if (content.interrupted) add('interrupted');
      if (content.modelTurn) add('audio');
      if (content.generationComplete) add('generationComplete');
      if (content.turnComplete) add('turnComplete');
    }
    return kinds;
  }

  /** All audio from message number `from` on, in samples. */
  samples(from = 0) {
    let bytes = 0;
    for (const message of this.messages.slice(from)) {
      for (const part of message.serverContent?.modelTurn?.parts ?? []) {
        bytes += Buffer.from(part.inlineData.data, 'base64').length;
      }
    }
    return bytes / 2;
  }

  transcript(which, from = 0) {
    return this.messages
      .slice(from)
      .map((m) => m.serverContent?.[which]?.text ?? '')
      .join('');
  }

  handle() {
    return this.messages.findLast((m) => m.sessionResumptionUpdate?.resumable)
      ?.sessionResumptionUpdate.newHandle;
  }

  /** Leaves, and is gone for the server too. */
  async leaves() {
    this.socket.close();
    await this.isClosed();
  }
}
