// @ts-check
// The drop-in proof: Google's own SDK in the browser, told nothing but another base URL. Everything
// here would run against the Live API as it stands; only speaking and listening lean on lib/, since
// the SDK leaves those to the page. Copy it: this file and drop-in.html are the whole program.

import { base64Of } from './lib/base64.js';
import { BrowserMicrophone } from './lib/microphone.js';
import { BrowserSpeaker } from './lib/speaker.js';
import { tokenOf } from './lib/protocol.js';

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const GATEWAY = asked.get('gateway') ?? location.origin;
const MODEL = asked.get('model') ?? 'gemini-3.8-live';
const SET_LIGHT = {
  name: 'set_light',
  description: 'Switches the light of one room, or dims it.',
  parametersJsonSchema: {
    type: 'object',
    properties: {
      room: { type: 'string', enum: ['living_room', 'kitchen', 'bedroom', 'hall'] },
      on: { type: 'boolean' },
      brightness: { type: 'integer', minimum: 0, maximum: 100 },
    },
    required: ['room'],
  },
};

const microphone = new BrowserMicrophone();
const speaker = new BrowserSpeaker();
/** @type {any} of the SDK; null while there is no conversation */
let session = null;
let turn = 1;

async function start() {
  byId('start').disabled = true;
  speaker.open().catch((error) => note(`No sound: ${error.message}`)); // while the click counts
  tell('Loading the SDK …');
  const sdk = await loadSdk();
  if (!sdk) return;
  tell('Connecting …');
  try {
    const ai = new sdk.GoogleGenAI({
      apiKey: tokenOf(location.hash) || 'no-key-needed', // a user token, if the gateway wants one
      httpOptions: { baseUrl: GATEWAY }, // the one line that makes it Livegate
    });
    session = await ai.live.connect({
      model: MODEL,
      config: {
        responseModalities: [sdk.Modality.AUDIO],
        inputAudioTranscription: {},
        outputAudioTranscription: {},
        tools: [{ functionDeclarations: [SET_LIGHT] }],
      },
      callbacks: { onmessage, onclose: (/** @type {CloseEvent} */ event) => over(event.reason) },
    });
  } catch (error) {
    over(`the SDK could not connect: ${/** @type {Error} */ (error).message}`);
    return;
  }
  speaker.reset(1);
  tell('Connected. Speak, or type a line.');
  byId('start').textContent = 'Stop';
  byId('start').disabled = byId('line').disabled = byId('send').disabled = false;
  try {
    await microphone.open(hear, () => note('The microphone is gone. Typing works.'));
    // Each hears of the other: a reply is turned down as soon as somebody speaks into it.
    const { port1, port2 } = new MessageChannel();
    speaker.connectMicrophone(port1);
    microphone.connectSpeaker(port2);
  } catch (error) {
    note(`No microphone (${/** @type {Error} */ (error).message}). Typing works.`);
  }
}

/** The SDK is not ours to ship: it comes from this origin if the operator put it there. */
async function loadSdk() {
  try {
    return await import(/** @type {string} */ ('./vendor/genai.js'));
  } catch {
    byId('missing').hidden = false;
    over('the SDK is not here');
    return null;
  }
}

/** @param {ArrayBuffer} bytes 20 ms of s16 at 16 kHz */
function hear(bytes) {
  session?.sendRealtimeInput({
    audio: { data: base64Of(bytes), mimeType: 'audio/pcm;rate=16000' },
  });
}

/** @param {any} message a LiveServerMessage: any of its fields may be there, in any company */
function onmessage({ serverContent: content, toolCall }) {
  if (content?.inputTranscription?.text) write('user', content.inputTranscription.text);
  if (content?.interrupted) speaker.flush(turn);
  for (const part of content?.modelTurn?.parts ?? []) {
    if (part.inlineData?.data) speaker.push(turn, bytesOf(part.inlineData.data));
  }
  if (content?.outputTranscription?.text) write('model', content.outputTranscription.text);
  if (content?.generationComplete) speaker.end(turn);
  if (content?.turnComplete) speaker.end(turn++);
  for (const { id, name, args } of toolCall?.functionCalls ?? []) {
    note(`${name}(${JSON.stringify(args)})`);
    session.sendToolResponse({ functionResponses: [{ id, name, response: { result: args } }] });
  }
}

/** @param {string} base64 */
function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

/** @param {string} reason may be empty */
function over(reason) {
  session = null;
  microphone.close();
  speaker.rest();
  tell(reason ? `Not connected: ${reason}.` : 'Not connected.');
  byId('start').textContent = 'Start';
  byId('start').disabled = false;
  byId('line').disabled = byId('send').disabled = true;
}

// ------------------------------------------------------------------------------- what is shown

/** @param {string} text */
const tell = (text) => (byId('status').textContent = text);
/** @param {string} text */
const note = (text) => write('note', text, 0);

/**
 * Fragments of one turn and side grow one line.
 * @param {"user" | "model" | "note"} role
 * @param {string} text
 * @param {number} [of] turn; 0: a line of its own
 */
function write(role, text, of = turn) {
  const found = byId('lines').querySelector(`li.${role}[data-turn="${of}"]`);
  const line = of > 0 && found ? found : document.createElement('li');
  Object.assign(line.dataset, { turn: of });
  line.className = role;
  line.append(text);
  // What a person said may be written down after the reply to it has begun.
  const reply =
    role === 'user' ? byId('lines').querySelector(`li.model[data-turn="${of}"]`) : null;
  if (line !== found) byId('lines').insertBefore(line, reply);
  line.scrollIntoView({ block: 'nearest' });
}

byId('start').addEventListener('click', () => (session ? session.close() : start()));
byId('composer').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const line = byId('line');
  if (!session || line.value.trim() === '') return;
  session.sendClientContent({ turns: line.value, turnComplete: true });
  write('user', line.value, 0);
  line.value = '';
});
Object.assign(window, { dropIn: { microphone, speaker, connected: () => session !== null } });
