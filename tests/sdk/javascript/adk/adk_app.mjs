// A voice app on Google's Agent Development Kit for JavaScript. See ../../README.md.

import { FunctionTool, InMemoryRunner, LiveRequestQueue, LlmAgent } from '@google/adk';

import { Microphone, obey, tell } from './lines.mjs';

let queue = null;
const microphone = new Microphone((frame) => {
  const data = frame.toString('base64');
  queue?.sendRealtime({ data, mimeType: 'audio/pcm;rate=16000' });
});

function take({ partial, content, inputTranscription, outputTranscription, ...event }) {
  if (inputTranscription?.text && !partial) tell('heard', { text: inputTranscription.text });
  if (event.interrupted) tell('interrupted');
  for (const { inlineData } of content?.parts ?? [])
    if (inlineData) tell('audio', { bytes: Buffer.from(inlineData.data, 'base64').length });
  if (outputTranscription?.text && partial) tell('said', { text: outputTranscription.text });
  if (event.turnComplete) tell('done');
}

async function converse(events) {
  let why;
  try {
    for await (const event of events) take(event);
  } catch (error) {
    why = String(error);
  }
  queue = null;
  tell('closed', { why });
}

async function connect({ model, tool: { name, description, parameters } }) {
  const execute = (args) => {
    tell('call', { id: '', name, args });
    return { ok: true };
  };
  const agent = new LlmAgent({
    name: 'home',
    model,
    instruction: 'You look after a home.',
    tools: [new FunctionTool({ name, description, parameters, execute })],
  });
  const runner = new InMemoryRunner({ agent, appName: 'home' });
  const place = { appName: 'home', userId: 'somebody' };
  const session = await runner.sessionService.createSession(place);
  queue = new LiveRequestQueue();
  const events = runner.runLive({
    userId: place.userId,
    sessionId: session.id,
    liveRequestQueue: queue,
    runConfig: {
      responseModalities: ['AUDIO'],
      inputAudioTranscription: {},
      outputAudioTranscription: {},
    },
  });
  converse(events);
  tell('open');
}

const ask = ({ text }) => queue.sendContent({ role: 'user', parts: [{ text }] });

obey({
  connect,
  say: ({ pcm }) => microphone.hear(pcm),
  ask,
  type: ask,
  show: ({ jpeg }) => queue.sendRealtime({ data: jpeg, mimeType: 'image/jpeg' }),
  close: () => {
    queue.close();
    queue = null;
  },
});
