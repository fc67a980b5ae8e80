// How long the hole between two AudioBufferSourceNodes is when the second is started by the
// first's `onended`, as in the tutorial's player. Measured in Chromium, whose result run.mjs uses:
//
//   node bench/jitter/seam.mjs       LIVEGATE_CHROMIUM=/path/to/chromium, if it is elsewhere

import { chromium } from '../../tests/node/node_modules/playwright-core/index.mjs';

const browser = await chromium.launch({
  executablePath: process.env.LIVEGATE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--autoplay-policy=no-user-gesture-required', '--no-sandbox'],
});
const page = await browser.newPage();
const holesMs = await page.evaluate(playChained);
await browser.close();
holesMs.sort((a, b) => a - b);
const at = (part) => holesMs[Math.floor(part * (holesMs.length - 1))].toFixed(1);
console.log(`${holesMs.length} seams: ${at(0)} to ${at(1)} ms, median ${at(0.5)} ms`);

/** Runs in the page: 100 pieces of 220 ms at full level; returns the holes between them. */
async function playChained() {
  const context = new AudioContext({ sampleRate: 24000 });
  await context.resume();
  const recorder = context.createScriptProcessor(1024, 1, 1);
  const blocks = [];
  recorder.onaudioprocess = ({ inputBuffer }) =>
    blocks.push(inputBuffer.getChannelData(0).slice());
  recorder.connect(context.destination);
  await new Promise((resolve) => {
    let left = 100;
    const next = () => {
      if (left-- === 0) {
        resolve();
        return;
      }
      const buffer = context.createBuffer(1, 5280, 24000);
      buffer.getChannelData(0).fill(0.5);
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(recorder);
      source.onended = next;
      source.start();
    };
    next();
  });
  const holes = [];
  let silent = 0;
  let begun = false;
  for (const block of blocks) {
    for (const value of block) {
      if (value === 0) silent++;
      else {
        if (begun && silent > 0) holes.push(silent / 24);
        begun = true;
        silent = 0;
      }
    }
  }
  return holes;
}
