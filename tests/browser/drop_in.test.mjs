// The drop-in page in Chromium: Google's own SDK, unmodified but for one import, speaks to the real
// gateway with its offline assistant, by text and by voice; where the SDK is not there, the page
// says how to get it.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '../lib/livegate.mjs';
import { resolved } from '../../scripts/drop_in_sdk.mjs';
import { launchBrowser, recording, scratch } from './page_fixture.mjs';

let gateway;
let bare;
let browser;

before(async () => {
  const folder = path.join(scratch, 'with-sdk');
  const script = fileURLToPath(new URL('../../scripts/drop_in_sdk.mjs', import.meta.url));
  execFileSync(process.execPath, [script, folder]);
  gateway = await serve('browser-drop-in', ['--upstream', 'offline', '--web-dir', folder]);
  bare = await serve('browser-drop-in-bare', ['--upstream', 'offline']);
  browser = await launchBrowser(recording('drop-in', [2, 'dim the living room lights', 90]));
});

after(async () => {
  await browser?.close();
  await gateway?.stop();
  await bare?.stop();
});

/** The page, every address it asks for that is not the gateway's, and the frames it is sent. */
async function open(address) {
  const page = await (await browser.newContext()).newPage();
  const strangers = [];
  const socket = address.replace(/^http/, 'ws');
  const note = (url) => {
    if (![address, socket].some((known) => url.startsWith(`${known}/`))) strangers.push(url);
  };
  page.on('request', (request) => note(request.url()));
  const frames = [];
  page.on('websocket', (opened) => {
    note(opened.url());
    opened.on('framereceived', ({ payload }) => frames.push(payload));
  });
  await page.goto(`${address}/drop-in.html`);
  return { page, strangers, frames };
}

const shown = (page, text) => page.locator('#lines li', { hasText: text }).first().waitFor();

test('the SDK is understood, runs a tool, is answered in sound and hangs up', async () => {
  const { page, strangers, frames } = await open(gateway.http);
  await page.evaluate(() => {
    window.reports = [];
    window.dropIn.speaker.onReport = (report) => window.reports.push(report);
  });
  await page.click('#start');
  await shown(page, 'dim the living room lights'); // what the gateway heard of the microphone
  await shown(page, /^set_light\(\{.*"room":"living_room"/);
  await page.locator('#lines li.model').first().waitFor();
  await page.waitForFunction(() => window.reports.some(({ played }) => played > 12_000));
  await page.fill('#line', 'what time is it');
  await page.press('#line', 'Enter');
  await page.locator('#lines li.model').nth(1).waitFor();
  await page.click('#start');
  await page.locator('#status', { hasText: 'Not connected' }).waitFor();
  assert.deepEqual(strangers, [], 'no request leaves the origin');
  assert.ok(frames.length > 10 && frames.every((frame) => typeof frame === 'string'));
  await page.context().close();
});

test('without the SDK the page says how to get it', async () => {
  const { page, strangers } = await open(bare.http);
  await page.click('#start');
  await page.locator('#missing').waitFor();
  assert.match(await page.locator('#missing').innerText(), /scripts\/drop_in_sdk\.mjs my-web/);
  assert.equal(await page.locator('#start').isEnabled(), true);
  assert.deepEqual(strangers, []);
  await page.context().close();
});

test('a build of the SDK that wants more than is known is refused by name', () => {
  assert.equal(
    resolved("import pRetry from 'p-retry';\nimport { a } from './a.mjs';"),
    "import pRetry from '../page/p_retry.js';\nimport { a } from './a.mjs';",
  );
  assert.throws(
    () => resolved("import pRetry from 'p-retry';\nimport x from 'ws';"),
    /imports ws/,
  );
});
