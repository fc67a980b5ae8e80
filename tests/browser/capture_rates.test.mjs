// Spoken commands by way of contexts at 44.1, 48 and 96 kHz, and by one that the browser starts
// suspended: whatever the device's rate, the gateway's recogniser understands what was said, so
// 16 kHz speech of the right pitch arrived. The microphone is a recording at the same rate.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { serve } from '../lib/livegate.mjs';
import { PageUnderTest, launchBrowser, recording, scratch } from './page_fixture.mjs';

let gateway;
before(async () => {
  gateway = await serve('browser-capture-rates', ['--upstream', 'offline']);
});
after(() => gateway?.stop());

/** What the microphone hears over and over: a while of silence, and the command. */
function microphoneAt(rateHz) {
  const speech = recording(`rate-${rateHz}`, [1, 'dim the living room lights', 4]);
  const file = path.join(scratch, `microphone-${rateHz}.wav`);
  execFileSync('sox', [speech, '-r', String(rateHz), file]);
  return file;
}

/** Runs in the page ahead of its scripts: the device's rate is `rateHz`. */
function deviceOf(rateHz) {
  const Native = window.AudioContext;
  window.contexts = [];
  window.AudioContext = class extends Native {
    constructor({ sampleRate = rateHz, ...options } = {}) {
      super({ ...options, sampleRate });
      window.contexts.push(this);
    }
  };
}

/** The lamp obeys, and the words stand in the transcript. */
async function understood(page) {
  await page.until(() => window.livegate.home.lamps.living_room.brightness < 100, null, 120_000);
  const said = await page.evaluate(() =>
    window.livegate.transcript.entries
      .filter(({ role }) => role === 'user')
      .map(({ text }) => text.toLowerCase())
      .join(' '),
  );
  assert.match(said, /dim the living room lights/);
}

for (const rateHz of [44100, 48000, 96000]) {
  test(`a command by a microphone at ${rateHz} Hz is understood`, async () => {
    const browser = await launchBrowser(microphoneAt(rateHz), { loop: true });
    try {
      const page = await PageUnderTest.open(browser, gateway.http, {
        before: deviceOf,
        argument: rateHz,
      });
      await page.page.click('#toggle');
      await understood(page);
      const rates = await page.evaluate(() => window.contexts.map(({ sampleRate }) => sampleRate));
      assert.ok(rates.includes(rateHz), `contexts ran at ${rates}`);
      await page.page.click('#toggle');
      await page.reaches('closed');
      await page.closeCleanly();
    } finally {
      await browser.close();
    }
  });
}

test('contexts that the browser holds back begin with the next gesture', async () => {
  const browser = await launchBrowser(microphoneAt(48000), { loop: true, gestures: true });
  try {
    // The start is no gesture here: a timer of the page, as a page that starts by itself.
    const page = await PageUnderTest.open(browser, gateway.http, {
      before: () => {
        window.addEventListener('load', () => setTimeout(() => window.livegate.client.start(), 0));
      },
    });
    await page.reaches('ready');
    await page.until(() => window.livegate.client.microphoneState === 'on');
    const held = () => window.livegate.speaker.context?.state;
    assert.equal(await page.evaluate(held), 'suspended');
    await page.page.click('h1');
    await understood(page);
    await page.until(() => window.livegate.speaker.context.state === 'running');
    await page.until(() => window.livegate.playback.last?.energy > 10);
    await page.closeCleanly([/AudioContext was not allowed to start/]);
  } finally {
    await browser.close();
  }
});
