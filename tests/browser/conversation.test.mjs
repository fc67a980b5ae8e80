// What a person sees and hears of a conversation beyond its words: the microphone muted and not, a
// reply that steps back while they seem to speak, pictures that the assistant acknowledges, a
// screen that they would rather not share. Muting and pictures against the real gateway with its
// offline assistant; ducking against a scripted one, which can be told not to hear.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { serve } from '../lib/livegate.mjs';
import { FakeGateway } from './fake_gateway.mjs';
import { PageUnderTest, launchBrowser, recording } from './page_fixture.mjs';
import { recordingOf, withRecorder } from './recorder.mjs';

const CYCLE_S = 6;

const words = (page, role) =>
  page.evaluate(
    (who) =>
      window.livegate.transcript.entries
        .filter((entry) => entry.role === who)
        .map(({ text }) => text.toLowerCase())
        .join(' '),
    role,
  );

describe('with the offline assistant', () => {
  let gateway;
  let browser;
  before(async () => {
    gateway = await serve('browser-conversation', ['--upstream', 'offline']);
    // Six seconds over and over.
    const command = recording('command', [2, 'dim the living room lights', 2.5]);
    browser = await launchBrowser(command, { loop: true });
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  test('muted, nothing that is said reaches anybody; unmuted, the lamp obeys', async () => {
    const page = await PageUnderTest.open(browser, gateway.http);
    await page.page.fill('#line', 'good morning');
    await page.page.press('#line', 'Enter');
    await page.until(() => window.observed.first('turn_complete', 1));
    await page.evaluate(() => {
      window.sentBytes = 0;
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function (data) {
        if (typeof data !== 'string') window.sentBytes += data.byteLength;
        send.call(this, data);
      };
    });
    await page.page.click('#mute');
    await page.until(() => window.livegate.client.microphoneState === 'on');
    await page.page.click('#mute');
    await page.until(() => window.livegate.client.microphoneState === 'muted');
    assert.equal(await page.page.locator('#mute').innerText(), 'Unmute');
    const sent = await page.evaluate(() => window.sentBytes);
    await page.plays(1.2 * CYCLE_S);
    assert.equal(
      await page.evaluate(() => window.sentBytes),
      sent,
      'bytes of sound sent while muted',
    );
    assert.equal(
      await page.evaluate(() => window.livegate.home.lamps.living_room.brightness),
      100,
    );

    await page.page.click('#mute');
    await page.until(() => window.livegate.home.lamps.living_room.brightness < 100, null, 120_000);
    assert.match(await words(page, 'user'), /dim the living room lights/);
    await page.page.click('#toggle');
    await page.reaches('closed');
    await page.closeCleanly();
  });

  test('the assistant says honestly which picture it got', async () => {
    const page = await PageUnderTest.open(browser, gateway.http);
    await page.page.fill('#line', 'good morning');
    await page.page.press('#line', 'Enter');
    await page.until(() => window.observed.first('turn_complete', 1));
    await page.page.click('#camera');
    await page.page.locator('#picture-words', { hasText: 'Sent 1' }).waitFor();
    const [width, height] = /(\d+) × (\d+)/
      .exec(await page.page.locator('#picture-words').innerText())
      .slice(1);
    // It says so with its next reply.
    await page.page.fill('#line', 'what time is it');
    await page.page.press('#line', 'Enter');
    await page.until(() => window.observed.first('turn_complete', 2));
    const said = await words(page, 'model');
    assert.match(said, new RegExp(`picture of ${width} by ${height}`));
    assert.match(said, /cannot|can not|can't/);
    await page.page.click('#camera');
    await page.page.locator('#pictures').waitFor({ state: 'hidden' });
    await page.page.click('#toggle');
    await page.reaches('closed');
    await page.closeCleanly();
  });

  test('a screen that is not shared after all leaves the conversation as it was', async () => {
    const page = await PageUnderTest.open(browser, gateway.http, {
      before: () => {
        navigator.mediaDevices.getDisplayMedia = async () => {
          throw new DOMException('Permission denied', 'NotAllowedError');
        };
      },
    });
    await page.page.fill('#line', 'good morning');
    await page.page.press('#line', 'Enter');
    await page.until(() => window.observed.first('turn_complete', 1));
    await page.page.click('#screen');
    await page.until(() => window.observed.events.some(({ code }) => code === 'screen_refused'));
    assert.equal(await page.page.locator('#screen').getAttribute('aria-pressed'), 'false');
    assert.equal(await page.evaluate(() => window.livegate.client.state), 'ready');
    await page.page.fill('#line', 'turn on the kitchen lights');
    await page.page.press('#line', 'Enter');
    await page.until(() => window.livegate.home.lightOf('kitchen') > 0);
    await page.page.click('#toggle');
    await page.reaches('closed');
    await page.closeCleanly();
  });
});

describe('with a scripted gateway', () => {
  const LEVEL = 8000 / 32768; // the reply is this value, so that its gain can be read off

  async function converse({ deaf }) {
    const gateway = new FakeGateway({ script: [] });
    gateway.deaf = deaf;
    const address = await gateway.listen();
    const browser = await launchBrowser(recording('cut-in', [3, 'wait a moment', 3]), {
      loop: true,
    });
    const page = await PageUnderTest.open(browser, address, withRecorder());
    await page.evaluate(() => {
      window.bargeIns = [];
      window.livegate.client.addEventListener('barge_in', ({ detail }) =>
        window.bargeIns.push(detail.state),
      );
    });
    await page.page.click('#toggle');
    await page.reaches('ready');
    await page.until(() => window.livegate.client.microphoneState === 'on');
    await page.until(() => window.recorded.tapped);
    const { call } = gateway;
    call.say({ type: 'turn_started', turn: 1 });
    const second = new Int16Array(24000).fill(LEVEL * 32768);
    for (let sent = 0; sent < 20; sent++) call.socket.send(Buffer.from(second.buffer));
    return {
      gateway,
      page,
      async close() {
        await page.closeCleanly();
        await browser.close();
        await gateway.close();
      },
    };
  }

  test('speech that nobody confirms turns the reply down, and it comes back', async () => {
    const { page, close } = await converse({ deaf: true });
    await page.until(() => window.bargeIns.includes('restored'), undefined, 60_000);
    const at = await page.evaluate(() => window.livegate.speaker.context.currentTime);
    await page.until((from) => window.livegate.speaker.context.currentTime > from + 0.3, at);
    const { samples } = await recordingOf(page);
    const states = await page.evaluate(() => window.bargeIns.slice(0, 2));
    assert.deepEqual(states, ['ducked', 'restored']);
    const gains = samples.map((value) => value / LEVEL);
    const down = gains.filter((gain) => gain > 0 && gain < 0.25);
    const deepest =
      20 * Math.log10(gains.slice(gains.indexOf(1)).reduce((a, b) => Math.min(a, b)));
    assert.ok(deepest <= -11.9 && deepest >= -18.1, `it went down to ${deepest.toFixed(1)} dB`);
    assert.ok(down.length > 24 * 20, `for ${down.length} samples`);
    assert.ok(gains.lastIndexOf(1) > gains.indexOf(Math.min(...down.slice(0, 1))), 'it came back');
    await close();
  });

  test('speech that the gateway confirms turns the reply down and then off', async () => {
    const { gateway, page, close } = await converse({ deaf: false });
    gateway.call.turn = 1;
    gateway.call.timer = setInterval(() => {}, 1000); // a reply is running
    await page.until(() => window.bargeIns.includes('confirmed'), undefined, 60_000);
    await page.until(() => !window.livegate.playback.last.playing);
    assert.deepEqual(await page.evaluate(() => window.bargeIns), ['ducked', 'confirmed']);
    const { samples } = await recordingOf(page);
    const gains = samples.map((value) => value / LEVEL);
    const end = gains.findLastIndex((gain) => gain > 0);
    const before = gains.subarray(end - 24 * 20, end - 24 * 9); // 20 to 9 ms ahead of the end
    assert.ok(Math.max(...before) < 0.26, 'it was down already when it was cut off');
    await close();
  });
});
