// What leaves the playback worklet is what the gateway sent: bit for bit in a context at 24 kHz,
// within 0.1 dB where the device's rate forces a conversion; and after `interrupted` nothing of the
// old turn later than its fade. Judged by a recorder behind the worklet, not by the page's reports.

import { after, afterEach, before, beforeEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { FakeGateway } from './fake_gateway.mjs';
import { PageUnderTest, launchBrowser, silence } from './page_fixture.mjs';
import { forgetRecording, recordingOf, withRecorder } from './recorder.mjs';

const REPLY_RATE_HZ = 24000;
const FADE_MS_MAX = 8;
const PACKET_SAMPLES = 960;

let browser;
let gateway;
let address;

before(async () => {
  browser = await launchBrowser(silence());
});
after(() => browser?.close());
beforeEach(async () => {
  gateway = new FakeGateway({ script: [] });
  address = await gateway.listen();
});
afterEach(() => gateway.close());

/** Opens the page and comes to a conversation without a microphone, the recorder in place. */
async function conversation(options = {}) {
  const page = await PageUnderTest.open(browser, address, withRecorder(options));
  await page.evaluate(() => void window.livegate.client.start({ microphone: false }));
  await page.reaches('ready');
  await page.until(() => window.recorded.tapped);
  await page.until(() => window.recorded.blocks.length > 0);
  return page;
}

/** Sends `samples` as the whole of reply `turn`, in packets, as fast as the socket takes them. */
function sayReply(turn, samples) {
  const { call } = gateway;
  call.say({ type: 'turn_started', turn });
  sendAudio(samples);
  call.say({ type: 'generation_complete', turn });
  call.say({ type: 'turn_complete', turn, latency: {}, usage: {} });
}

function sendAudio(samples) {
  for (let at = 0; at < samples.length; at += PACKET_SAMPLES) {
    const packet = samples.slice(at, at + PACKET_SAMPLES);
    gateway.call.socket.send(Buffer.from(packet.buffer));
  }
}

/** Waits until turn `turn` has been rendered to its end. */
const rendered = (page, turn, samples) =>
  page.until(
    ([which, count]) =>
      window.observed.playedOf(which) >= count && !window.livegate.playback.last.playing,
    [turn, samples],
  );

/** The same noise each time, over the whole range of s16. */
function noise(count, seed) {
  let state = seed;
  const samples = Int16Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >> 16;
  });
  samples.set([32767, -32768, 1, -1, 32767, -32768], 100);
  samples[0] = samples[count - 1] = 12345; // so that the ends can be found
  return samples;
}

/** The part between the first and the last sample that is not zero. */
function sounding({ samples }) {
  const first = samples.findIndex((value) => value !== 0);
  const last = samples.findLastIndex((value) => value !== 0);
  return samples.subarray(first, last + 1);
}

/** How often `heard` is not `sent` to the bit; s16 has an exact place among floats. */
const differences = (heard, sent) =>
  sent.reduce((count, value, i) => count + (heard[i] * 32768 === value ? 0 : 1), 0);

/** The level of one frequency in dB, by projection on it, over a whole number of its periods. */
function levelOf(samples, rateHz, frequencyHz) {
  let [re, im] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    const phase = (2 * Math.PI * frequencyHz * i) / rateHz;
    re += samples[i] * Math.cos(phase);
    im += samples[i] * Math.sin(phase);
  }
  return 20 * Math.log10((2 * Math.hypot(re, im)) / samples.length);
}

test('at 24 kHz a reply leaves the worklet bit for bit', async () => {
  const page = await conversation();
  for (const turn of [1, 2]) {
    await forgetRecording(page);
    const sent = noise(REPLY_RATE_HZ * 1.5, turn);
    sayReply(turn, sent);
    await rendered(page, turn, sent.length);
    await page.plays(0.1);
    const whole = await recordingOf(page);
    assert.equal(whole.rateHz, REPLY_RATE_HZ);
    const samples = sounding(whole);
    assert.equal(differences(samples, sent), 0, 'samples that differ');
    // Where a reply breaks off loudly, as this one, a fade may follow it.
    const more = samples.length - sent.length;
    assert.ok(more <= (FADE_MS_MAX * REPLY_RATE_HZ) / 1000, `${more} samples more`);
  }
  await page.closeCleanly();
});

for (const deviceRateHz of [44100, 48000, 96000]) {
  test(`at ${deviceRateHz} Hz a reply keeps its level within 0.1 dB`, async () => {
    const page = await conversation({ deviceRateHz, exact: true });
    // Tones that fill whole periods in 100 ms.
    const tones = [100, 250, 440, 1000, 2000, 3000, 4500, 6000, 8000, 9000];
    const sent = Int16Array.from({ length: REPLY_RATE_HZ * 1.5 }, (_, i) =>
      Math.round(
        tones.reduce(
          (sum, hz) => sum + 2500 * Math.sin((2 * Math.PI * hz * i) / REPLY_RATE_HZ),
          0,
        ),
      ),
    );
    sayReply(1, sent);
    await rendered(page, 1, sent.length);
    await page.plays(0.1);
    const whole = await recordingOf(page);
    assert.equal(whole.rateHz, deviceRateHz);
    const samples = sounding(whole);
    const seconds = samples.length / deviceRateHz;
    assert.ok(Math.abs(seconds - 1.5) < 0.015, `${seconds} s came out`);
    // The second from 0.2 s on: no beginning, no end.
    const middle = samples.subarray(deviceRateHz * 0.2, deviceRateHz * 1.2);
    const errors = tones.map(
      (hz) => levelOf(middle, deviceRateHz, hz) - 20 * Math.log10(2500 / 32768),
    );
    console.log(`# ${deviceRateHz} Hz:`, errors.map((dB) => dB.toFixed(4)).join(' '), 'dB');
    for (const [index, dB] of errors.entries())
      assert.ok(Math.abs(dB) <= 0.1, `${tones[index]} Hz came out ${dB.toFixed(3)} dB off`);
    await page.closeCleanly();
  });
}

for (const deviceRateHz of [null, 44100]) {
  const where = deviceRateHz ? `at ${deviceRateHz} Hz` : 'at 24 kHz';
  test(`${where}, after interrupted, nothing of the old turn but its fade`, async () => {
    const page = await conversation(deviceRateHz ? { deviceRateHz, exact: true } : {});
    const { call } = gateway;
    // Old and new are told apart by their sign. The old turn is still arriving when it is cut off,
    // and goes on arriving: ten seconds of it.
    const old = new Int16Array(REPLY_RATE_HZ).fill(8000);
    const fresh = new Int16Array(REPLY_RATE_HZ / 2).fill(-4000);
    call.say({ type: 'turn_started', turn: 1 });
    sendAudio(old);
    await page.until(() => window.observed.playedOf(1) > 6000);
    call.say({ type: 'interrupted', turn: 1 });
    for (let second = 0; second < 10; second++) sendAudio(old);
    await page.until(() => window.livegate.playback.flushes.some(({ turn }) => turn === 1));
    await page.until(() => !window.livegate.playback.last.playing);
    sendAudio(old);
    await page.plays(0.5);
    call.say({ type: 'turn_complete', turn: 1, cut_off: true, latency: {}, usage: {} });
    sayReply(2, fresh);
    await rendered(page, 2, fresh.length);
    await page.plays(0.1);

    const whole = await recordingOf(page);
    const flushedAt = await page.evaluate(
      () => window.livegate.playback.reports.find(({ cause }) => cause === 'flushed').time,
    );
    const { rateHz, samples, frameOf } = whole;
    // A resampler rings a little before the new turn's edge: hence the thresholds and the margin.
    const firstNew = samples.findIndex((value) => value < -0.05);
    const lastOld = samples.subarray(0, firstNew).findLastIndex((value) => value > 0.02);
    const fadeMs = (frameOf(lastOld) / rateHz - flushedAt) * 1000;
    const pauseMs = ((frameOf(firstNew) - frameOf(lastOld)) / rateHz) * 1000;
    console.log(`# ${where}: the old turn ended ${fadeMs.toFixed(2)} ms after the flush`);
    assert.ok(fadeMs > -1 && fadeMs <= FADE_MS_MAX, `it faded for ${fadeMs} ms`);
    assert.ok(pauseMs > 400, `${pauseMs} ms of silence before the new turn`);
    const faded = (flushedAt + FADE_MS_MAX / 1000) * rateHz;
    const between = samples.subarray(
      samples.findIndex((_, index) => index >= lastOld && frameOf(index) >= faded),
      firstNew - Math.ceil(0.005 * rateHz),
    );
    const loudest = between.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const silent = deviceRateHz ? 1 / 65536 : 0;
    assert.ok(loudest <= silent, `${loudest} was heard between the fade and the new turn`);
    const heardOld = samples.filter((value) => value > 0.02).length / rateHz;
    assert.ok(heardOld < 1, `${heardOld} s of the old turn came out`);
    if (!deviceRateHz) {
      const heardNew = samples.subarray(firstNew, firstNew + fresh.length);
      assert.equal(differences(heardNew, fresh), 0, 'samples of the new turn that differ');
    }
    await page.closeCleanly();
  });
}
