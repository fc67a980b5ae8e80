// What the page shows of a conversation and lets a person change, against the real gateway with its
// offline assistant: the waterfall by keyboard and as a file, devices, pictures, the live plot.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { serve } from '../lib/livegate.mjs';
import { PageUnderTest, launchBrowser, silence } from './page_fixture.mjs';

let gateway;
let browser;

before(async () => {
  gateway = await serve('browser-page-views', ['--upstream', 'offline']);
  browser = await launchBrowser(silence());
});
after(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** Types a line and waits until its turn is over and drawn. */
async function type(page, line, turn) {
  await page.page.fill('#line', line);
  await page.page.press('#line', 'Enter');
  await page.until((which) => window.observed.first('turn_complete', which), turn);
  const row = page.page.locator(`#rows tbody:last-child tr`, { hasText: `Turn ${turn}` });
  await row.waitFor();
}

test('a conversation leaves as a file of the kind that is chosen', async () => {
  const page = await PageUnderTest.open(browser, gateway.http);
  const { page: view } = page;
  assert.equal(await view.locator('#save-as').isDisabled(), true, 'nothing was said yet');
  await type(page, 'what time is it', 1);
  for (const [kind, ending, said] of [
    ['text', 'txt', /^\[\d\d:\d\d:\d\d\] You: what time is it\n/],
    ['json', 'json', /"role": "user",\s+"text": "what time is it"/],
    ['vtt', 'vtt', /^WEBVTT\n\n00:00:00\.000 --> 00:00:0\d\.\d{3}\n<v You>what time is it\n/],
  ]) {
    const [download] = await Promise.all([
      view.waitForEvent('download'),
      view.selectOption('#save-as', kind),
    ]);
    const name = new RegExp(`^livegate-conversation-.*\\.${ending}$`);
    assert.match(download.suggestedFilename(), name);
    assert.match(await readFile(await download.path(), 'utf8'), said);
    assert.equal(await view.inputValue('#save-as'), '', 'it can be chosen again');
  }
  await view.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await view.click('#copy');
  const copied = () => view.evaluate(() => navigator.clipboard.readText());
  assert.match(await copied(), /You: what time is it\n.*Livegate: /s);
  await page.closeCleanly();
});

test('M mutes, T is push to talk, and New forgets what was said', async () => {
  const page = await PageUnderTest.open(browser, gateway.http);
  const { page: view } = page;
  await view.click('#toggle');
  const microphone = (wanted) =>
    page.until((state) => window.livegate.client.microphoneState === state, wanted);
  await microphone('on');
  await view.keyboard.press('m');
  await microphone('muted');
  assert.equal(await view.locator('#mute').getAttribute('aria-pressed'), 'true');
  await view.keyboard.down('t');
  await microphone('on');
  await view.keyboard.up('t');
  await microphone('muted');

  await type(page, 'mmm what time is it', 1);
  await microphone('muted');
  await view.click('#fresh');
  await page.until(() => window.livegate.client.state === 'closed');
  assert.equal(await view.locator('#lines li').count(), 0);
  assert.equal(await view.locator('#empty').isVisible(), true);
  await page.closeCleanly();
});

test('an example is there to be said, and can be sent as text', async () => {
  const page = await PageUnderTest.open(browser, gateway.http);
  const { page: view } = page;
  const example = view.locator('#examples button').first();
  await example.click();
  await page.until(() => window.livegate.client.microphoneState === 'on');
  const status = view.locator('#status');
  await status.filter({ hasText: 'Now say: “Dim the living room lights”' }).waitFor();
  assert.equal(await view.locator('#lines li').count(), 0, 'nothing was typed for the person');

  await view.click('#type-examples');
  await example.click();
  await page.until(() => window.observed.first('turn_complete', 1));
  assert.match(await view.locator('#lines .user').innerText(), /Dim the living room lights/);
  await page.closeCleanly();
});

test('the figures of a turn are there when it is over, and not before', async () => {
  const page = await PageUnderTest.open(browser, gateway.http);
  const { page: view } = page;
  await view.fill('#line', 'tell me a story');
  await view.press('#line', 'Enter');
  await page.until(() => window.livegate.client.timeline.last?.steps.length > 0);
  assert.equal(await view.locator('#rows tbody:last-child tr').count(), 0);
  await view.keyboard.press('Escape');
  await page.until(() => window.observed.first('turn_complete', 1));
  await view.locator('#rows tbody:last-child tr', { hasText: 'Turn 1' }).waitFor();
  await page.closeCleanly();
});

const inPage = (id) => document.activeElement === document.getElementById(id);

test('the waterfall is reached by keyboard, reads as a sentence and leaves as a file', async () => {
  const page = await PageUnderTest.open(browser, gateway.http);
  const { page: view } = page;
  assert.equal(await view.locator('#export').isEnabled(), false, 'there is nothing to export yet');
  await type(page, 'what time is it', 1);
  await type(page, 'who are you', 2);
  await page.until(() => window.livegate.client.timeline.last.steps.length >= 3);

  await view.focus('#export');
  await view.keyboard.press('Tab');
  const focused = () => view.evaluate(() => document.activeElement.querySelector('b').textContent);
  assert.equal(await focused(), 'Turn 2', 'the newest turn comes first');
  await view.keyboard.press('ArrowDown');
  assert.equal(await focused(), 'Turn 1');
  const sentence = await view.locator('#figures').innerText();
  assert.match(sentence, /^Turn 1, typed: .* in all; model .*buffer .*speaker .* ms\./);
  await view.keyboard.press('End');
  await view.keyboard.press('Home');
  assert.equal(await focused(), 'Turn 2');
  assert.equal(await view.locator('#rows [role="row"]').count(), 5, 'head, p50, p95, two turns');

  const [download] = await Promise.all([view.waitForEvent('download'), view.click('#export')]);
  assert.match(download.suggestedFilename(), /^livegate-timeline-\d{4}-\d\d-\d\d-\d{6}\.json$/);
  const exported = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.deepEqual(
    exported.turns.map(({ turn, typed }) => [turn, typed]),
    [
      [1, true],
      [2, true],
    ],
  );
  await page.closeCleanly();
});

test('another microphone and another treatment leave the conversation as it is', async () => {
  const page = await PageUnderTest.open(browser, gateway.http);
  const { page: view } = page;
  await view.click('#toggle');
  await page.until(() => window.livegate.client.microphoneState === 'on');
  await view.focus('#devices-toggle');
  await view.keyboard.press('Enter');
  await page.until(() => document.getElementById('device').options.length > 2);
  const used = () =>
    view.evaluate(() => {
      const [track] = window.livegate.microphone.stream.getAudioTracks();
      const { deviceId, echoCancellation } = track.getSettings();
      return { deviceId, echoCancellation };
    });
  const before = await used();
  const wanted = await view.evaluate(
    (now) =>
      [...document.getElementById('device').options]
        .map(({ value }) => value)
        .findLast((id) => id !== '' && id !== now),
    before.deviceId,
  );
  await view.selectOption('#device', wanted);
  await page.until((id) => {
    const [track] = window.livegate.microphone.stream?.getAudioTracks() ?? [];
    return track?.getSettings().deviceId === id;
  }, wanted);
  await view.getByRole('switch', { name: 'Echo cancellation' }).focus();
  await view.keyboard.press('Space');
  await page.until(() => {
    const [track] = window.livegate.microphone.stream?.getAudioTracks() ?? [];
    return track?.getSettings().echoCancellation === false;
  });
  assert.match(await view.locator('#device-note').innerText(), /headphones/);
  await view.keyboard.press('Escape');
  assert.equal(await view.locator('#devices').isVisible(), false);
  assert.equal(await view.evaluate(inPage, 'devices-toggle'), true, 'focus is where it came from');
  const events = await page.evaluate(() => window.observed.events.map(({ name }) => name));
  assert.equal(events.filter((name) => name === 'ready').length, 1, 'one conversation throughout');
  assert.equal(events.includes('problem'), false);
  await view.click('#toggle');
  await page.reaches('closed');
  await page.closeCleanly();
});

test('the camera is previewed, its pictures are counted, and Stop lets it go', async () => {
  const page = await PageUnderTest.open(browser, gateway.http);
  const { page: view } = page;
  assert.equal(await view.locator('#camera').isEnabled(), false, 'pictures need a conversation');
  await view.click('#toggle');
  await page.reaches('ready');
  await view.click('#camera');
  await view.locator('#picture-words', { hasText: /^\d+ × \d+, \d+ kB\. Sent [1-9]/ }).waitFor();
  await page.until(() => document.getElementById('preview').videoWidth > 0);
  assert.equal(await view.locator('#camera').getAttribute('aria-pressed'), 'true');
  await view.click('#toggle');
  await page.reaches('closed');
  await view.locator('#pictures').waitFor({ state: 'hidden' });
  assert.equal(await view.evaluate(() => window.livegate.client.camera.stream), null);
  await page.closeCleanly();
});

test('a camera that is refused is told in words, and the conversation goes on', async () => {
  const page = await PageUnderTest.open(browser, gateway.http, {
    before: () => {
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = (wanted) =>
        wanted.video ? Promise.reject(new DOMException('no', 'NotAllowedError')) : ask(wanted);
    },
  });
  const { page: view } = page;
  await view.click('#toggle');
  await page.reaches('ready');
  await view.click('#camera');
  await view.locator('#problem', { hasText: 'The camera is blocked' }).waitFor();
  assert.equal(await view.locator('#camera').getAttribute('aria-pressed'), 'false');
  assert.equal(await view.evaluate(() => window.livegate.client.state), 'ready');
  await page.closeCleanly();
});

test('the live plot draws while something happens and not a frame more', async () => {
  const page = await PageUnderTest.open(browser, gateway.http, {
    before: () => {
      window.frames_ = 0;
      const request = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (action) => request((now) => (window.frames_++, action(now)));
    },
  });
  const { page: view } = page;
  await page.until(() => document.body.classList.contains('drawn'));
  const idle = await view.evaluate(() => window.frames_);
  await view.click('#toggle');
  await page.until((before) => window.frames_ > before + 20, idle);
  await view.locator('#live-here', { hasText: 'silence' }).waitFor();
  await view.click('#toggle');
  await page.reaches('closed');
  const over = await view.evaluate(() => window.frames_);
  // A third of a second in which another element is animated, so the browser does make frames.
  await view.evaluate(() =>
    document.body.animate({ opacity: [1, 1] }, 300).finished.then(() => 0),
  );
  assert.ok((await view.evaluate(() => window.frames_)) <= over + 1);
  assert.equal(await view.locator('#live-words').textContent(), 'Nothing is going on.');
  await page.closeCleanly();
});
