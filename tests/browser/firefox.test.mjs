// The page in Firefox, against the real gateway: it starts, captures at the device's own rate,
// plays a reply, stops. Firefox differs from Chromium just where browsers' audio code breaks:
// its contexts run at the card's rate, sound waits for a click, worklets load by other rules.
//
// Firefox's fake microphone is a tone, so what the model is sent can be measured: the right
// frequency means the right rate. A scripted model replaces the service; LIVEGATE_BIN names the
// binary.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { FAKE_TONE_HZ, Firefox, FirefoxPage } from '../lib/firefox.mjs';
import { startFakeModel } from '../lib/fake_model.mjs';
import { serve, within } from '../lib/livegate.mjs';

const KEY = 'test-key-9f2c';
const UPLINK_RATE_HZ = 16_000;
const REPLY_SAMPLES = 38_400; // 1.6 s at 24 kHz, 40 messages
const REPLY_PEAK = 8_000;

/** A reply of a steady tone, in messages of 40 ms as the service sends them. */
function reply(connection) {
  for (let at = 0; at < REPLY_SAMPLES; at += 960) {
    const pcm = Int16Array.from({ length: 960 }, (_, i) =>
      Math.round(REPLY_PEAK * Math.sin((2 * Math.PI * 300 * (at + i)) / 24000)),
    );
    const inlineData = {
      mimeType: 'audio/pcm;rate=24000',
      data: Buffer.from(pcm.buffer).toString('base64'),
    };
    connection.say({ serverContent: { modelTurn: { parts: [{ inlineData }] } } });
  }
  connection.say({ serverContent: { generationComplete: true } });
  connection.say({ serverContent: { turnComplete: true } });
}

/** Every sample that the model was sent so far. */
function uplinkOf(connection) {
  const chunks = connection.messages
    .map((message) => message.realtimeInput?.audio?.data)
    .filter(Boolean)
    .map((data) => Buffer.from(data, 'base64'));
  const bytes = Buffer.concat(chunks);
  return new Int16Array(new Uint8Array(bytes).buffer);
}

/** The frequency of a tone by its rising zero crossings, placed between samples. */
function frequencyOf(samples, rateHz) {
  const crossings = [];
  for (let i = 1; i < samples.length; i++) {
    const [a, b] = [samples[i - 1], samples[i]];
    if (a < 0 && b >= 0) crossings.push(i - b / (b - a));
  }
  return ((crossings.length - 1) * rateHz) / (crossings.at(-1) - crossings[0]);
}

/** Runs in the page. */
const summary = () => ({
  state: window.livegate?.client.state,
  microphone: window.livegate?.client.microphoneState,
  contexts: window.livegate?.speaker.context?.state,
  playback: window.livegate?.playback.last,
});

const rmsOf = (samples) =>
  Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);

for (const cardRateHz of [44100, 48000]) {
  describe(`Firefox with a sound card of ${cardRateHz} Hz`, () => {
    let model;
    let gateway;
    let firefox;
    let page;

    before(async () => {
      model = await startFakeModel({
        onMessage: (connection, { realtimeInput }) => realtimeInput?.text && reply(connection),
      });
      const log = `browser-firefox-${cardRateHz}`;
      const options = ['--upstream', model.url, '--vad', 'energy'];
      gateway = await serve(log, options, { GEMINI_API_KEY: KEY });
      firefox = await Firefox.launch({ 'media.cubeb.force_sample_rate': cardRateHz });
      page = await FirefoxPage.open(firefox, gateway.http, { summary });
      await page.until(() => window.livegate !== undefined);
    });

    after(async () => {
      await firefox?.close();
      await gateway?.stop();
      model?.close();
    });

    const connection = () => model.connections[0];

    test('a click starts it, and both contexts run', async () => {
      await page.click('#toggle');
      await page.until(() => window.livegate.client.state === 'ready');
      await page.until(() => window.livegate.client.microphoneState === 'on');
      await page.until(() => window.livegate.speaker.context.state === 'running');
      const rates = await page.evaluate(() => ({
        device: new AudioContext().sampleRate,
        playback: window.livegate.speaker.context.sampleRate,
      }));
      assert.deepEqual(rates, { device: cardRateHz, playback: 24000 });
    });

    test('the microphone arrives at 16 kHz, at its own pitch and level', async () => {
      const heard = await within(
        model.until(
          () => uplinkOf(connection()).length >= 2 * UPLINK_RATE_HZ && uplinkOf(connection()),
        ),
        'two seconds of the microphone at the model',
        60_000,
      );
      const settled = heard.subarray(UPLINK_RATE_HZ / 2);
      const frequency = frequencyOf(settled, UPLINK_RATE_HZ);
      assert.ok(
        Math.abs(frequency - FAKE_TONE_HZ) < FAKE_TONE_HZ * 0.005,
        `a tone of ${FAKE_TONE_HZ} Hz arrived at ${frequency.toFixed(1)} Hz`,
      );
      assert.ok(rmsOf(settled) > 500, `its level was ${rmsOf(settled).toFixed(0)} of 32768`);
    });

    test('muted, a typed line is answered, and all of the answer is rendered', async () => {
      await page.click('#mute');
      await page.until(() => window.livegate.client.microphoneState === 'muted');
      await within(
        model.until(() => connection().messages.some((m) => m.realtimeInput?.audioStreamEnd)),
        'the end of the audio stream at the model',
      );
      await page.enter('#line', 'good morning');
      const played = await page.until((samples) => {
        const { last } = window.livegate.playback;
        return last?.cause === 'silent' && new Map(last.playedOf).get(1) === samples && last;
      }, REPLY_SAMPLES);
      // A sine has half the energy of its peak's square; two fades take a few ms away.
      const whole = (REPLY_SAMPLES * (REPLY_PEAK / 32768) ** 2) / 2;
      assert.ok(
        played.energy > 0.95 * whole && played.energy < 1.05 * whole,
        `rendered an energy of ${played.energy.toFixed(0)} of ${whole.toFixed(0)}`,
      );
      assert.equal(played.underruns, 0);
    });

    test('stopped, the microphone is let go and the socket is closed', async () => {
      await page.evaluate(() => {
        window.tracks = window.livegate.client.options.microphone.stream.getTracks();
      });
      await page.click('#toggle');
      await page.until(() => window.livegate.client.state === 'closed');
      await page.until(() => window.tracks.every(({ readyState }) => readyState === 'ended'));
      await page.until(() => window.livegate.speaker.context.state === 'suspended');
      await within(
        model.until(() => connection().socket.readyState === 3),
        'the model side to close',
      );
    });

    test('nothing was said in the console and nothing left the origin', async () => {
      assert.ok(page.requests.includes(`${gateway.http}/app.js`), 'requests were watched');
      assert.deepEqual(page.strangers, []);
      assert.deepEqual(page.complaints, []);
      // The watch itself works: a word in the console is seen.
      await page.evaluate(() => console.error('seen'));
      await page.until(() => true);
      assert.deepEqual(page.complaints, ['error: seen']);
    });
  });
}
