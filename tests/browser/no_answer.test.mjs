// What a person sees and hears of replies that answer nothing, and of an answer that comes after a
// holding line: spoken questions to the stand-in with the habits of the service's models, behind
// the gateway with its default configuration.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { metric, serve, startLivegate } from '../lib/livegate.mjs';
import { PageUnderTest, launchBrowser, recording, scratch } from './page_fixture.mjs';
import { recordingOf, withRecorder } from './recorder.mjs';

const THINKING = 'gemini-3.8-live-extended-thinking';

/** A gateway in front of the stand-in, and a person who asks once and then keeps quiet. */
async function meet(name, model, faults = []) {
  const standin = await startLivegate(`${name}-standin`, [
    ...['offline', '--listen', '127.0.0.1:0', '--profile', model],
    ...faults.flatMap((fault) => ['--fault', fault]),
  ]);
  const config = path.join(scratch, `${name}.toml`);
  const url = standin.http.replace(/^http/, 'ws');
  writeFileSync(config, `[upstream]\nurl = "${url}"\nmodel = "models/${model}"\n`);
  const gateway = await serve(name, ['--config', config], { GEMINI_API_KEY: 'a-key-of-the-test' });
  const browser = await launchBrowser(recording(name, [1, 'what time is it', 60]));
  return {
    gateway,
    browser,
    async close() {
      await browser.close();
      await gateway.stop();
      await standin.stop();
    },
  };
}

/** Notes what the person sees from now on: each line of the status once, in its order. */
const watchStatus = (page) =>
  page.evaluate(() => {
    const status = document.getElementById('status');
    window.statuses = [];
    const note = () => {
      const words = status.textContent;
      if (window.statuses.at(-1) !== words) window.statuses.push(words);
    };
    const all = { childList: true, subtree: true, characterData: true };
    new MutationObserver(note).observe(status, all);
    window.noAnswers = [];
    window.livegate.client.on('no_answer', (event) => window.noAnswers.push(event));
    window.readies = [];
    window.livegate.client.on('ready', (event) => window.readies.push(event));
  });

const linesOf = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('#lines li')].map((line) => line.textContent),
  );

/** Stretches of sound, in seconds of the loudspeaker's time; a pause of 250 ms parts two. */
function stretches({ rateHz, samples, frameOf }) {
  const found = [];
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i]) < 0.01) continue;
    const at = frameOf(i) / rateHz;
    const last = found.at(-1);
    if (last && at - last.to < 0.25) last.to = at;
    else found.push({ from: at, to: at });
  }
  return found;
}

describe('a model that answers after a holding line', () => {
  let set;
  before(async () => {
    set = await meet('browser-holding-line', THINKING);
  });
  after(() => set?.close());

  test('both are heard, and between them the page says that it is at work', async () => {
    const page = await PageUnderTest.open(set.browser, set.gateway.http, withRecorder());
    await watchStatus(page);
    await page.page.click('#toggle');
    await page.reaches('ready');
    await page.until(() => window.statuses.includes('Still working on it …'), undefined, 30_000);
    await page.screenshot('holding-line');
    await page.until(() => window.observed.first('turn_complete', 2), undefined, 30_000);
    await page.until(() => !window.livegate.playback.last.playing);
    await page.screenshot('holding-line-answered');

    const seen = await page.evaluate(() => ({
      noAnswers: window.noAnswers,
      statuses: window.statuses,
      mode: window.readies[0].turn_taking,
      said: window.livegate.transcript.entries,
      played: [window.observed.playedOf(1), window.observed.playedOf(2)],
    }));
    assert.equal(seen.mode, 'turns');
    assert.deepEqual(
      seen.noAnswers.map(({ turn, reason }) => [turn, reason]),
      [[1, 'holding_line']],
    );
    const replies = seen.said.filter(({ role }) => role === 'model');
    assert.deepEqual(
      replies.map(({ turn }) => turn),
      [1, 2],
    );
    assert.match(replies[1].text, /^It is /);
    assert.deepEqual(
      seen.said.filter(({ role }) => role === 'note'),
      [],
      'a holding line needs no note',
    );
    const working = seen.statuses.indexOf('Still working on it …');
    assert.ok(seen.statuses.findIndex((words) => words.startsWith('Speaking')) < working);
    assert.ok(seen.statuses.findLastIndex((words) => words.startsWith('Speaking')) > working);
    assert.equal(seen.statuses.at(-1), 'Listening.');

    for (const samples of seen.played) assert.ok(samples > 6000, `${seen.played} were played`);
    const sounds = stretches(await recordingOf(page));
    const heardS = sounds.reduce((sum, { from, to }) => sum + to - from, 0);
    const playedS = (seen.played[0] + seen.played[1]) / 24000;
    assert.ok(sounds.length >= 2, 'there is quiet between the holding line and the answer');
    assert.ok(heardS > 0.5 * playedS, `${heardS} s of sound in ${playedS} s of replies`);
    await page.page.click('#toggle');
    await page.reaches('closed');
    await page.closeCleanly();
  });
});

describe('a model that chooses to say nothing', () => {
  let set;
  before(async () => {
    set = await meet('browser-no-speech', 'gemini-3.8-live', ['says-nothing']);
  });
  after(() => set?.close());

  test('the page says so, and shows no markup', async () => {
    const page = await PageUnderTest.open(set.browser, set.gateway.http, withRecorder());
    await watchStatus(page);
    await page.page.click('#toggle');
    await page.reaches('ready');
    // The gateway asks again, once.
    await page.until(() => window.observed.first('turn_complete', 2), undefined, 30_000);
    await page.screenshot('no-speech');
    const reasons = await page.evaluate(() => window.noAnswers.map(({ reason }) => reason));
    assert.deepEqual(reasons, ['no_speech', 'no_speech']);
    assert.equal(await page.page.locator('#status').innerText(), 'Listening.');
    const notes = await page.page.locator('#lines .note').allInnerTexts();
    assert.deepEqual(notes, Array(2).fill('The model chose to say nothing.'));
    const lines = await linesOf(page);
    assert.ok(lines.some((line) => /time/i.test(line)), `the question is shown: ${lines}`);
    for (const line of lines) assert.doesNotMatch(line, /[<>{}]/);
    assert.deepEqual(stretches(await recordingOf(page)), [], 'nothing is heard');
    assert.equal(
      await metric(set.gateway, 'livegate_replies_without_answer_total{kind="no_speech"}'),
      2,
    );
    await page.page.click('#toggle');
    await page.reaches('closed');
    await page.closeCleanly();
  });
});
