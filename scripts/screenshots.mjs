// Takes the pictures of the page for README.md out of a real conversation with the offline
// assistant: spoken into Chromium's microphone, with a reply that is cut off, and a typed line.
//
//   LIVEGATE_BIN=build/release/livegate node scripts/screenshots.mjs [FOLDER, else docs/images]
//
// Look at each of them before committing: a script sees no ugliness.

import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PageUnderTest, launchBrowser, recording } from '../tests/browser/page_fixture.mjs';
import { serve } from '../tests/lib/livegate.mjs';

const BYTES_MAX = 250_000;
const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/images', import.meta.url));

const DESKTOP = { viewport: { width: 1280, height: 800 }, colorScheme: 'light' };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true };
/** Sentences and pauses in seconds; the last sentence but two falls into the story. */
const TALK = [
  ...[1, 'turn on the bedroom light', 7, 'set the temperature to twenty four degrees', 8],
  ...['tell me a story', 8, 'dim the living room lights', 10, 'what time is it', 8],
  ...[6, 'turn on the kitchen lights', 90],
];
const PHONE_TALK = [1, 'tell me a story', 8, 'dim the living room lights', 90];

/** Turns that were answered to their end, or cut off. */
const complete = (turns) => (page) =>
  page.until(
    (count) =>
      window.observed.events.filter(({ name }) => name === 'turn_complete').length >= count,
    turns,
    60_000,
  );

/** The reply to the sentence that cut in sounds, and what it did is drawn. */
async function cutIn(page, turn) {
  await page.until((which) => window.observed.first('interrupted', which), turn, 60_000);
  await page.until((which) => window.observed.playedOf(which) > 4800, turn + 1);
  await page.until(() => window.livegate.home.lamps.living_room.brightness < 100);
  await page.plays(1); // the lamp takes its time
}

/** @param {import("playwright-core").Page | import("playwright-core").Locator} what */
async function save(what, name) {
  const file = path.join(folder, `${name}.png`);
  await what.screenshot({ path: file });
  const { size } = statSync(file);
  console.log(`${file}: ${Math.round(size / 1000)} kB`);
  if (size > BYTES_MAX) throw new Error(`${file} is larger than ${BYTES_MAX} bytes`);
}

async function onDesktop(gateway) {
  const browser = await launchBrowser(recording('desktop', TALK));
  const page = await PageUnderTest.open(browser, gateway.http, { context: DESKTOP });
  await page.page.click('#toggle');
  await page.reaches('ready');
  await cutIn(page, 3);
  await save(page.page, 'page');
  await page.page.emulateMedia({ colorScheme: 'dark' });
  await page.plays(0.2);
  await save(page.page, 'page-dark');
  await page.page.emulateMedia({ colorScheme: 'light' });
  await complete(5)(page);
  await page.page.fill('#line', 'turn on the hall light');
  await page.page.press('#line', 'Enter');
  await complete(7)(page);
  await page.until(() => !window.livegate.playback.last.playing);
  const timing = page.page.locator('.timing');
  await timing.scrollIntoViewIfNeeded();
  await save(timing, 'waterfall');
  await browser.close();
}

async function onPhone(gateway) {
  const browser = await launchBrowser(recording('phone', PHONE_TALK));
  const page = await PageUnderTest.open(browser, gateway.http, { context: PHONE });
  await page.page.click('#toggle');
  await page.reaches('ready');
  await cutIn(page, 1);
  await save(page.page, 'page-phone');
  await browser.close();
}

mkdirSync(folder, { recursive: true });
const gateway = await serve('screenshots', ['--upstream', 'offline']);
try {
  await onDesktop(gateway);
  await onPhone(gateway);
} finally {
  await gateway.stop();
}
