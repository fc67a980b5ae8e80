// A voice app on Google's SDK for JavaScript: node live.mjs MODULE. What it does: ../README.md.

import { createRequire } from 'node:module';

import { Microphone, obey, tell } from './lines.mjs';

const require = createRequire(new URL('../../node/package.json', import.meta.url));
const { GoogleGenAI, Modality } = require(process.argv[2]);

const ai = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY });
let session = null;
let handle;
const microphone = new Microphone((frame) => {
  const data = frame.toString('base64');
  session?.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } });
});

function take({ serverContent, toolCall, toolCallCancellation, sessionResumptionUpdate }) {
  const { inputTranscription, modelTurn, outputTranscription } = serverContent ?? {};
  if (inputTranscription?.text) tell('heard', { text: inputTranscription.text });
  if (serverContent?.interrupted) tell('interrupted');
  for (const { inlineData } of modelTurn?.parts ?? [])
    if (inlineData) tell('audio', { bytes: Buffer.from(inlineData.data, 'base64').length });
  if (outputTranscription?.text) tell('said', { text: outputTranscription.text });
  if (toolCallCancellation) tell('cancelled', { ids: toolCallCancellation.ids });
  for (const { id, name, args } of toolCall?.functionCalls ?? [])
    tell('call', { id, name, args });
  if (serverContent?.turnComplete) tell('done');
  if (sessionResumptionUpdate?.newHandle) handle = sessionResumptionUpdate.newHandle;
  if (sessionResumptionUpdate?.newHandle) tell('handle');
}

async function connect({ model, tool }) {
  session = await ai.live.connect({
    model,
    config: {
      responseModalities: [Modality.AUDIO],
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      sessionResumption: { handle },
      tools: [{ functionDeclarations: [tool] }],
    },
    callbacks: {
      onmessage: take,
      onclose: () => {
        session = null;
        tell('closed');
      },
    },
  });
  tell('open');
}

obey({
  connect,
  say: ({ pcm }) => microphone.hear(pcm),
  ask: ({ text }) => session.sendClientContent({ turns: text, turnComplete: true }),
  type: ({ text }) => session.sendRealtimeInput({ text }),
  show: ({ jpeg }) => session.sendRealtimeInput({ video: { data: jpeg, mimeType: 'image/jpeg' } }),
  answer: ({ id, name, response }) =>
    session.sendToolResponse({ functionResponses: [{ id, name, response }] }),
  close: () => session.close(),
});
