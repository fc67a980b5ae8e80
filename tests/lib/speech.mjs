// Speech for tests, made when needed: a synthetic person who is not the voice that answers.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** `text` in flite's voice rms: mono s16le at 16 kHz, without a header. */
export function speak(text) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-speech-')), 'person.wav');
  execFileSync('flite', ['-voice', 'rms', '-t', text, '-o', file]);
  const wav = readFileSync(file);
  const data = wav.indexOf('data', 12, 'latin1');
  return wav.subarray(data + 8, data + 8 + wav.readUInt32LE(data + 4));
}

export const silence = (ms) => Buffer.alloc(ms * 32);

/** Cuts PCM into frames of `ms` and hands them out in real time, as a microphone does. */
export async function play(pcm, send, ms = 20) {
  const bytes = ms * 32;
  const began = performance.now();
  for (let at = 0; at < pcm.length; at += bytes) {
    send(pcm.subarray(at, at + bytes));
    const due = began + (at + bytes) / 32;
    const early = due - performance.now();
    // The pace of speech itself.
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  }
}
