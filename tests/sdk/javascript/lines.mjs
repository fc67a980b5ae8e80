// What the story's programs in JavaScript have in common: how they are told, and how they tell.

import { createInterface } from 'node:readline';

const FRAME_MS = 20;

export const tell = (event, fields = {}) =>
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);

/** @param {Record<string, (command: any) => unknown>} commands by their names */
export function obey(commands) {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const command = JSON.parse(line);
    commands[command.do](command);
  });
  lines.on('close', () => process.exit());
}

/** A frame every 20 ms, of what it is to hear, else of silence. */
export class Microphone {
  #voice = Buffer.alloc(0);
  #silence;

  /** @param {(frame: Buffer) => void} take @param {number} frameBytes */
  constructor(take, frameBytes = 640) {
    this.#silence = Buffer.alloc(frameBytes);
    let due = performance.now();
    setInterval(() => {
      for (; due <= performance.now(); due += FRAME_MS) take(this.#frame(frameBytes));
    }, FRAME_MS);
  }

  /** @param {string} base64 of PCM */
  hear(base64) {
    this.#voice = Buffer.concat([this.#voice, Buffer.from(base64, 'base64')]);
  }

  #frame(bytes) {
    const frame = this.#voice.length < bytes ? this.#silence : this.#voice.subarray(0, bytes);
    this.#voice = this.#voice.subarray(bytes);
    return frame;
  }
}
