// The page against a gateway that does what a real one does rarely: refuses, vanishes, sends late.
// Needs no binary: run with `node --test tests/browser/page_faults.test.mjs`.

import { after, before, beforeEach, afterEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { FakeGateway } from './fake_gateway.mjs';
import { PageUnderTest, launchBrowser, silence } from './page_fixture.mjs';

let browser;
let gateway;
let address;

before(async () => {
  browser = await launchBrowser(silence());
});
after(() => browser.close());
beforeEach(async () => {
  gateway = new FakeGateway();
  address = await gateway.listen();
});
afterEach(() => gateway.close());

const text = (page, id) => page.page.locator(`#${id}`).innerText();
const stories = [{ heard: '', says: 'Once upon a time', seconds: 30 }];

test('late audio of an interrupted turn is never heard', async () => {
  gateway.script = stories;
  const page = await PageUnderTest.open(browser, address);
  await page.page.fill('#line', 'tell me a story');
  await page.page.press('#line', 'Enter');
  await page.until(() => window.observed.playedOf(1) > 24000);
  assert.ok(await page.evaluate(() => window.observed.loudness.some(({ peak }) => peak > 0.2)));

  gateway.call.interrupted();
  for (let packet = 0; packet < 50; packet++) gateway.call.sound(960);
  await page.until(() => window.observed.first('interrupted', 1));
  await page.plays(0.3);
  const played = await page.evaluate(() => window.observed.playedOf(1));
  await page.plays(1);
  const after = await page.evaluate(() => {
    const { at } = window.observed.first('interrupted', 1);
    return {
      played: window.observed.playedOf(1),
      late: window.livegate.playback.last.late,
      fade: window.livegate.playback.last.lastSoundAt - window.livegate.playback.flushes[0].at,
      peak: window.observed.peakBetween(at + 100, Infinity),
    };
  });
  assert.equal(after.played, played, 'nothing of the old turn is rendered any more');
  assert.ok(after.fade <= 120, `the last sound lay ${after.fade} samples after the flush`);
  assert.equal(after.peak, 0, "the graph's end is silent");
  await page.evaluate(() => window.livegate.client.stop());
  await page.closeCleanly();
});

test('a typed line begins a conversation without the microphone', async () => {
  gateway.script = [
    {
      heard: '',
      says: 'Done.',
      seconds: 1,
      call: { name: 'set_light', args: { room: 'kitchen', on: false } },
    },
  ];
  const page = await PageUnderTest.open(browser, address);
  await page.page.fill('#line', 'kitchen light off');
  await page.page.press('#line', 'Enter');
  await page.until(() => window.livegate.home.lightOf('kitchen') === 0);
  await page.until(() => window.observed.first('turn_complete', 1));
  const results = gateway.call.messages.filter((message) => message.type === 'tool_result');
  assert.deepEqual(results, [
    { type: 'tool_result', id: 'call-1', result: { room: 'kitchen', on: false, brightness: 0 } },
  ]);
  assert.equal(await page.evaluate(() => window.livegate.client.microphoneState), 'off');
  assert.equal(await page.page.locator('.user .said').innerText(), 'kitchen light off');
  assert.equal(await page.page.locator('#line').inputValue(), '');
  await page.closeCleanly();
});

test('Start and Stop work by keyboard, and Escape stops the reply', async () => {
  gateway.script = stories;
  const page = await PageUnderTest.open(browser, address);
  await page.page.focus('#toggle');
  await page.page.keyboard.press('Enter');
  await page.reaches('ready');
  await page.until(() => window.livegate.client.microphoneState === 'on');
  await page.page.locator('#mute:enabled').waitFor();
  await page.evaluate(() => window.livegate.client.sendText('a story'));
  await page.until(() => window.observed.playedOf(1) > 24000);
  await page.page.keyboard.press('Escape');
  await page.until(() => !window.livegate.playback.last.playing);
  await page.page.locator('.model .tag').waitFor();
  assert.equal(gateway.call.messages.filter(({ type }) => type === 'interrupt').length, 1);
  assert.equal(await page.page.locator('.model .tag').innerText(), 'cut off');
  await page.page.focus('#toggle');
  await page.page.keyboard.press('Space');
  await page.reaches('closed');
  assert.equal(gateway.call.messages.at(-1).type, 'stop');
  await page.closeCleanly();
});

test('what was played is reported to the gateway while it plays', async () => {
  gateway.script = [{ heard: '', says: 'Two seconds.', seconds: 2 }];
  const page = await PageUnderTest.open(browser, address);
  await page.page.fill('#line', 'go on');
  await page.page.press('#line', 'Enter');
  await page.until(() => window.observed.playedOf(1) === 48000);
  // The silence is rendered first; heard it is when the device has played what came before.
  await page.until(() => window.livegate.playback.last.heard === 48000);
  const { call } = gateway;
  await page.evaluate(() => window.livegate.client.stop());
  const samples = call.messages.filter(({ type }) => type === 'playback').map((m) => m.samples);
  assert.equal(samples.at(-1), 48000);
  assert.ok(
    samples.length >= 8 && samples.length <= 14,
    `${samples.length} reports in two seconds`,
  );
  assert.deepEqual(
    samples,
    [...samples].sort((a, b) => a - b),
  );
  await page.closeCleanly();
});

test('a refusal is told in words and the page is ready for another try', async () => {
  gateway.refusal = { code: 'server_full', message: 'The gateway is full.' };
  const page = await PageUnderTest.open(browser, address);
  await page.page.click('#toggle');
  await page.reaches('failed');
  assert.match(await text(page, 'problem'), /All lines are busy.*Try again in a minute/s);
  assert.equal(await text(page, 'toggle-words'), 'Start talking');
  await page.screenshot('refused');
  gateway.refusal = null;
  await page.page.click('#toggle');
  await page.reaches('ready');
  assert.equal(await page.page.locator('#problem').isVisible(), false);
  await page.closeCleanly();
});

test('the user token comes from the fragment and appears in no address', async () => {
  gateway.token = 's3cret-t0ken';
  const without = await PageUnderTest.open(browser, address);
  await without.page.click('#toggle');
  await without.reaches('failed');
  assert.match(await text(without, 'problem'), /You are not signed in/);
  await without.closeCleanly();

  const page = await PageUnderTest.open(browser, address, { hash: '#token=s3cret-t0ken' });
  await page.page.click('#toggle');
  await page.reaches('ready');
  assert.equal(gateway.call.protocols, 'livegate.v1, bearer.s3cret-t0ken');
  assert.ok(gateway.requests.every((url) => !url.includes('s3cret')));
  assert.equal(await page.page.evaluate(() => location.hash), '', 'nor does it stay there');
  await page.page.reload();
  await page.page.click('#toggle');
  await page.reaches('ready');
  await page.closeCleanly();
});

test('a token that comes into the open page counts, also with storage blocked', async () => {
  gateway.token = 's3cret-t0ken';
  const page = await PageUnderTest.open(browser, address, {
    before: () => {
      Object.defineProperty(window, 'sessionStorage', {
        get() {
          throw new DOMException('blocked', 'SecurityError');
        },
      });
    },
  });
  await page.page.evaluate(() => (location.hash = '#token=s3cret-t0ken'));
  await page.page.click('#toggle');
  await page.reaches('ready');
  assert.equal(await page.page.evaluate(() => location.hash), '');
  await page.closeCleanly();
});

test('speech that was not understood leaves a trace, and a barge-in none', async () => {
  gateway.script = stories;
  const page = await PageUnderTest.open(browser, address);
  await page.page.fill('#line', 'tell me a story');
  await page.page.press('#line', 'Enter');
  await page.until(() => window.observed.playedOf(1) > 2400);
  const { call } = gateway;
  const lines = () => page.page.locator('#lines li .said').allInnerTexts();
  call.say({ type: 'speech_started', at_ms: 1000 });
  call.interrupted(); // and the end of the turn that was cut off
  await page.until(() => window.observed.first('turn_complete', 1));
  assert.ok(!(await lines()).includes('(not understood)'), 'it belongs to the turn that comes');

  call.say({ type: 'speech_ended', at_ms: 2000 });
  call.say({ type: 'turn_started', turn: 2 });
  call.say({ type: 'turn_complete', turn: 2, cut_off: false, latency: {} });
  await page.page.locator('#lines .user', { hasText: '(not understood)' }).waitFor();
  call.say({ type: 'transcript', role: 'user', turn: 2, text: 'late words', finished: true });
  await page.page.locator('#lines .user', { hasText: 'late words' }).waitFor();
  assert.ok(!(await lines()).includes('(not understood)'), 'the words take its place');
  await page.closeCleanly();
});

test('a microphone that is refused leaves a conversation in text', async () => {
  const page = await PageUnderTest.open(browser, address, {
    before: () => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('Permission denied', 'NotAllowedError');
      };
    },
  });
  await page.page.click('#toggle');
  await page.reaches('ready');
  await page.until(() => window.livegate.client.microphoneState === 'off');
  assert.match(await text(page, 'problem'), /The microphone is blocked/);
  assert.equal(await text(page, 'status'), 'The microphone is off. Type a line to talk.');
  assert.equal(await text(page, 'mute'), 'Turn mic on');
  await page.closeCleanly();
});

test('a gateway that is away is told from one that refuses', async () => {
  const page = await PageUnderTest.open(browser, address);
  await page.page.waitForLoadState('networkidle'); // all of the page is here
  await gateway.close();
  await page.page.click('#toggle');
  await page.reaches('failed');
  assert.match(await text(page, 'problem'), /The gateway cannot be reached/);
  await page.closeCleanly([/ERR_CONNECTION_REFUSED/]);
});

test('a lost connection comes back by itself, as a new conversation', async () => {
  const page = await PageUnderTest.open(browser, address);
  await page.page.click('#toggle');
  await page.reaches('ready');
  gateway.call.socket.terminate();
  await page.until(() => window.observed.events.some(({ name }) => name === 'reconnected'));
  await page.reaches('ready');
  assert.equal(gateway.calls.length, 2);
  assert.match(await page.page.locator('.lines .note').innerText(), /Reconnected to a new/);
  await page.until(() => window.livegate.client.microphoneState === 'on');
  await page.closeCleanly();
});

test('a network that stalls costs a fade and a pause, and every sample is heard', async () => {
  gateway.script = [{ heard: '', says: 'Two seconds.', seconds: 2, stallsAfter: 25 }];
  const page = await PageUnderTest.open(browser, address);
  await page.page.fill('#line', 'go on');
  await page.page.press('#line', 'Enter');
  await page.until(() => window.observed.playedOf(1) === 24000); // all that came
  await page.plays(0.3);
  gateway.call.paused = false;
  await page.until(() => window.observed.playedOf(1) === 48000);
  const { underruns, cushionMs } = await page.evaluate(() => window.livegate.playback.last);
  assert.ok(underruns >= 1);
  assert.ok(cushionMs > 80, 'the cushion grew');
  await page.closeCleanly();
});

test('the page is usable on a phone: nothing is wider than the screen', async () => {
  const page = await PageUnderTest.open(browser, address, {
    context: { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
  });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(width, 390);
  for (const id of ['toggle', 'mute', 'interrupt', 'line']) {
    const box = await page.page.locator(`#${id}`).boundingBox();
    assert.ok(box.height >= 40, `${id} is ${box.height} pixels high`);
  }
  await page.screenshot('phone');
  await page.closeCleanly();
});
