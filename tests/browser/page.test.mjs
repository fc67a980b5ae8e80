// The page and the real gateway with its offline assistant, by voice: a person asks for a story,
// cuts in while it is told, and has the lamp dimmed. Nothing is assumed: what was rendered is
// measured at the end of the audio graph, the lamp is read from the drawing.
//
// LIVEGATE_BIN names the binary; LIVEGATE_SCREENSHOTS, if set, a folder for pictures.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { serve } from '../lib/livegate.mjs';
import { PageUnderTest, launchBrowser, recording } from './page_fixture.mjs';

const FADE_SAMPLES = 120; // 5 ms at 24 kHz

let gateway;
let browser;

before(async () => {
  gateway = await serve('browser-page', ['--upstream', 'offline']);
  const parts = [1, 'tell me a story', 5, 'dim the living room lights', 60];
  browser = await launchBrowser(recording('conversation', parts));
});

after(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** The drawn lamp: how dark the overlay of its room is, and how bright its glow. */
const lampOf = (page, room) =>
  page.evaluate((name) => {
    const drawn = document.querySelector(`#house [data-room="${name}"]`);
    const opacity = (part) => Number(getComputedStyle(drawn.querySelector(part)).opacity);
    const { on, brightness } = window.livegate.home.lamps[name];
    return { on, brightness, dark: opacity('.dark'), glow: opacity('.glow') };
  }, room);

const words = (page, role, turn) =>
  page.evaluate(
    ([who, which]) =>
      window.livegate.transcript.entries
        .filter((entry) => entry.role === who && entry.turn === which)
        .map((entry) => entry.text.toLowerCase())
        .join(''),
    [role, turn],
  );

test('a person is heard, cuts in, and the lamp dims', async () => {
  const page = await PageUnderTest.open(browser, gateway.http);
  await page.screenshot('1-before');
  const bright = await lampOf(page, 'living_room');
  await page.page.click('#toggle');
  await page.reaches('ready');
  assert.match(await page.page.locator('#notice').innerText(), /offline assistant/);

  // The first sentence is answered, and the answer comes out of the loudspeaker.
  await page.until(() => window.observed.playedOf(1) > 24000);
  assert.match(await words(page, 'user', 1), /tell me a story/);
  const measured = await page.until(() => {
    const { last } = window.livegate.latency;
    return last?.end_to_end_ms > 0 && last.playback_ms > 0 && last;
  });
  const { playback_ms: playbackMs, ...figures } = await measured.jsonValue();
  const told = await page.evaluate(() => ({
    energy: window.livegate.playback.last.energy,
    loudest: Math.max(...window.observed.loudness.map(({ peak }) => peak)),
  }));
  assert.ok(told.energy > 10, `the worklet rendered an energy of ${told.energy}`);
  assert.ok(told.loudest > 0.05, `the loudest sample was ${told.loudest}`);
  await page.screenshot('2-story');

  // The second sentence falls into the story and stops it.
  await page.until(() => window.observed.first('interrupted', 1));
  await page.until(() => window.livegate.playback.flushes.some(({ turn }) => turn === 1));
  await page.until(() => !window.livegate.playback.last.playing);
  const stopped = await page.evaluate(() => {
    const { playback } = window.livegate;
    const flush = playback.flushes.find(({ turn }) => turn === 1);
    const silent = playback.reports.find(
      ({ cause, clock }) => cause === 'silent' && clock >= flush.at,
    );
    return { flush, fade: silent.lastSoundAt - flush.at, played: window.observed.playedOf(1) };
  });
  assert.ok(stopped.flush.dropped >= 0);
  assert.ok(stopped.fade < FADE_SAMPLES, `it sounded ${stopped.fade} samples after the flush`);
  assert.equal(await page.page.locator('.model .tag').first().innerText(), 'cut off');
  await page.screenshot('3-cut-off');

  // It is carried out: in the state, and in the drawing once its transition is over.
  await page.until(() => window.livegate.home.lamps.living_room.brightness < 100);
  await page.until((dark) => {
    const drawn = document.querySelector('#house [data-room="living_room"] .dark');
    return Number(getComputedStyle(drawn).opacity) > dark + 0.2;
  }, bright.dark);
  const dim = await lampOf(page, 'living_room');
  assert.deepEqual([bright.on, bright.brightness, dim.on], [true, 100, true]);
  assert.ok(dim.brightness > 0 && dim.brightness <= 50, `dimmed to ${dim.brightness}`);
  assert.ok(dim.glow < bright.glow - 0.2, `the glow went from ${bright.glow} to ${dim.glow}`);

  // The turn that calls the lamp ends by itself. The answer is the next one: it is heard to its
  // end, and nothing of the story ever again.
  const answer = await page.until(() => {
    const { events } = window.observed;
    const done = events.findLast(({ name, turn }) => name === 'turn_complete' && turn > 1);
    const sounded = done && window.observed.playedOf(done.turn) > 0;
    return sounded && !window.livegate.playback.last.playing ? done.turn : 0;
  });
  const turn = await answer.jsonValue();
  const heard = await page.evaluate(
    ([first, second]) => {
      const interrupted = window.observed.first('interrupted', first);
      const next = window.observed.first('turn_started', second);
      return {
        story: window.observed.playedOf(first),
        answer: window.observed.playedOf(second),
        between: window.observed.peakBetween(interrupted.at + 100, next.at),
        energy: window.livegate.playback.last.energy,
        underruns: window.livegate.playback.last.underruns,
      };
    },
    [1, turn],
  );
  assert.match(await words(page, 'user', turn - 1), /dim the living room lights/);
  assert.equal(heard.story, stopped.played, 'no sample of the story after it was stopped');
  assert.equal(heard.between, 0, 'silence between the interruption and the answer');
  assert.ok(heard.answer > 12000, `the answer had ${heard.answer} samples`);
  assert.ok(heard.energy > told.energy);
  await page.screenshot('4-dimmed');
  console.log(`# fade ${stopped.fade} samples, dropped ${stopped.flush.dropped}, answer`, figures);
  console.log(`# playback ${Math.round(playbackMs)} ms, underruns ${heard.underruns}`);

  await page.page.click('#toggle');
  await page.reaches('closed');
  await page.closeCleanly();
});

test('a typed command works the same way, without a microphone', async () => {
  const page = await PageUnderTest.open(browser, gateway.http, {
    context: { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
  });
  await page.page.fill('#line', 'turn on the bedroom light');
  await page.page.press('#line', 'Enter');
  await page.until(() => window.livegate.home.lightOf('bedroom') > 0);
  await page.until(() => window.observed.playedOf(2) > 12000); // the call had a turn of its own
  assert.equal(await page.page.locator('.user').count(), 1, 'the typed line is shown once');
  await page.until(() => window.observed.first('turn_complete', 2));
  await page.page.fill('#line', 'set the temperature to twenty four degrees');
  await page.page.press('#line', 'Enter');
  await page.until(() => window.livegate.home.temperature === 24);
  assert.equal(await page.page.locator('#degrees').textContent(), '24');
  await page.screenshot('5-phone-dark');
  await page.page.click('#toggle');
  await page.reaches('closed');
  await page.closeCleanly();
});
