// A microphone that comes as a stream of many channels, the voice on any of them, by the product's
// own worklet and the options that it gets (web/lib/capture_graph.js), in a real browser.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { serve } from '../lib/livegate.mjs';
import { PageUnderTest, launchBrowser, recording } from './page_fixture.mjs';

let gateway;
before(async () => {
  gateway = await serve('browser-capture-channels', ['--upstream', 'offline']);
});
after(() => gateway?.stop());

/** Runs in the page: how loud the voice leaves the worklet, in dBFS, for each layout. */
async function levels(layouts) {
  const { CAPTURE_NODE } = await import('/lib/capture_graph.js');
  const results = [];
  for (const [channels, live] of layouts) {
    const context = new OfflineAudioContext(1, 48000, 48000);
    await context.audioWorklet.addModule('/lib/worklets/capture.js');
    const node = new AudioWorkletNode(context, 'livegate-capture', CAPTURE_NODE);
    const samples = [];
    const whole = new Promise((resolve) => {
      node.port.onmessage = ({ data }) => {
        if (!data.bytes) return;
        samples.push(...new Int16Array(data.bytes));
        if (samples.length >= 15000) resolve();
      };
    });
    const voice = new OscillatorNode(context, { frequency: 440 });
    const merger = new ChannelMergerNode(context, { numberOfInputs: channels });
    voice.connect(merger, 0, live);
    merger.connect(node).connect(context.destination);
    voice.start();
    await context.startRendering();
    await whole;
    const heard = samples.slice(2000, 15000);
    const power = heard.reduce((sum, x) => sum + x * x, 0) / heard.length;
    results.push(10 * Math.log10(power / 32768 ** 2));
  }
  return results;
}

test('a voice is heard on whichever channel of a microphone it is', async () => {
  const browser = await launchBrowser(recording('channels', [1]));
  try {
    const page = await PageUnderTest.open(browser, gateway.http);
    const layouts = [];
    for (const channels of [1, 2, 3, 4, 5, 6, 8, 12]) {
      for (const live of new Set([0, Math.floor(channels / 2), channels - 1]))
        layouts.push([channels, live]);
    }
    const heard = await page.page.evaluate(levels, layouts);
    layouts.forEach(([channels, live], i) => {
      // A full-scale sine is -3 dBFS.
      assert.ok(Math.abs(heard[i] + 3) < 1, `channel ${live + 1} of ${channels}: ${heard[i]} dBFS`);
    });
    await page.closeCleanly();
  } finally {
    await browser.close();
  }
});
