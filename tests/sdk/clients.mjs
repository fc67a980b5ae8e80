// The voice apps that must work with Livegate as they are: how each is started once `install` has
// brought what it needs. README.md says how to add one.

import { fileURLToPath } from 'node:url';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const installed = (file) => here(`../../build/sdk/${file}`);

const node = (file, ...args) => ({ command: [process.execPath, here(file), ...args] });
const python = (environment, file) => ({
  command: [installed(`${environment}/bin/python`), here(file)],
});

/**
 * What sets an app apart from a bare SDK: its library runs the tools (`answers`), comes back by
 * itself (`comesBack`) or never to the same session (`wayBack: false`), makes the picture another
 * (`picture`: what is said of it), or closes without a close frame (`farewell: false`).
 * Behind its gateway is the offline assistant, or the stand-in with the habits of one model
 * (`profile`).
 * @typedef {{answers?: boolean, comesBack?: boolean, wayBack?: boolean,
 *   picture?: RegExp, farewell?: boolean, profile?: string}} Habits
 */

/** @type {Record<string, {command: string[]} & Habits>} */
export const CLIENTS = {
  'javascript-3.3.0': node('javascript/live.mjs', '@google/genai'),
  'javascript-2.32.0': node('javascript/live.mjs', 'genai-2'),
  'javascript-1.50.1': node('javascript/live.mjs', 'genai-1'),
  'python-3.3.0': python('python-3.3.0', 'python/live.py'),
  'python-2.19.0': python('python-2.19.0', 'python/live.py'),
  'go-1.77.0': { command: [installed('go-1.77.0/live')], farewell: false },
  'livekit-python-1.8.9': {
    ...python('livekit-python-1.8.9', 'python/livekit_app.py'),
    answers: true,
    comesBack: true,
    picture: /picture of 1024 by 768/,
  },
  'pipecat-1.14.0': {
    ...python('pipecat-1.14.0', 'python/pipecat_app.py'),
    answers: true,
    comesBack: true,
  },
  'adk-python-2.13.0': {
    ...python('adk-python-2.13.0', 'python/adk_app.py'),
    answers: true,
    comesBack: true,

  },
  'adk-javascript-2.0.0': {
    command: [process.execPath, installed('adk-javascript-2.0.0/adk_app.mjs')],
    answers: true,
    wayBack: false, // its run configuration has no member that asks for handles

  },
  'java-2.3.0': { command: ['java', '-cp', installed('java-2.3.0/*'), here('java/Live.java')] },
};

// For `install --all`.
if (process.argv[1] === here('clients.mjs') && process.argv[2] === '--list')
  console.log(Object.keys(CLIENTS).join('\n'));
