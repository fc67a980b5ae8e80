// A voice app on Google's SDK for JavaScript: node live.mjs MODULE. What it does: ../README.md.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(new URL('../../node/package.json', import.meta.url));
const { GoogleGenAI, Modality } = require(process.argv[2]);

const FRAME_BYTES = 640; // 20 ms
const SILENCE = Buffer.alloc(FRAME_BYTES);
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const ai = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY });
let session = null;
let handle;
let voice = Buffer.alloc(0); // what the microphone will hear next

function take({ serverContent, toolCall, toolCallCancellation, sessionResumptionUpdate }) {
  const { inputTranscription, modelTurn, outputTranscription } = serverContent ?? {};
  if (inputTranscription?.text) tell({ event: 'heard', text: inputTranscription.text });
  if (serverContent?.interrupted) tell({ event: 'interrupted' });
  for (const { inlineData } of modelTurn?.parts ?? [])
    if (inlineData) tell({ event: 'audio', bytes: Buffer.from(inlineData.data, 'base64').length });
  if (outputTranscription?.text) tell({ event: 'said', text: outputTranscription.text });
  if (toolCallCancellation) tell({ event: 'cancelled', ids: toolCallCancellation.ids });
  for (const { id, name, args } of toolCall?.functionCalls ?? [])
    tell({ event: 'call', id, name, args });
  if (serverContent?.turnComplete) tell({ event: 'done' });
  if (sessionResumptionUpdate?.newHandle) handle = sessionResumptionUpdate.newHandle;
  if (sessionResumptionUpdate?.newHandle) tell({ event: 'handle' });
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
        tell({ event: 'closed' });
      },
    },
  });
  tell({ event: 'open' });
}

const commands = {
  connect,
  say: ({ pcm }) => (voice = Buffer.concat([voice, Buffer.from(pcm, 'base64')])),
  ask: ({ text }) => session.sendClientContent({ turns: text, turnComplete: true }),
  type: ({ text }) => session.sendRealtimeInput({ text }),
  show: ({ jpeg }) => session.sendRealtimeInput({ video: { data: jpeg, mimeType: 'image/jpeg' } }),
  answer: ({ id, name, response }) =>
    session.sendToolResponse({ functionResponses: [{ id, name, response }] }),
  close: () => session.close(),
};

let due = performance.now();
function microphone() {
  for (; due <= performance.now(); due += 20) {
    const frame = voice.length < FRAME_BYTES ? SILENCE : voice.subarray(0, FRAME_BYTES);
    voice = voice.subarray(FRAME_BYTES);
    const data = frame.toString('base64');
    session?.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } });
  }
}
setInterval(microphone, 20);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const command = JSON.parse(line);
  commands[command.do](command);
});
lines.on('close', () => process.exit());
