// The first sound of a page that nobody has opened before: how many bytes and requests it takes,
// how many milliseconds from the navigation to a page that can be clicked, and how many from the
// click to sound at the output.
//
//   node bench/cold_page/run.mjs [--runs 10] [--json FILE]     LIVEGATE_BIN names the gateway
//
// Each run is a Chromium with a new profile, so an empty cache. One click on an example sentence
// starts the conversation and says it; a scripted model answers at once with a tone, so no model's
// thinking is in the figures. Bytes and requests are counted on the wire, by a relay between
// browser and gateway that sees whatever Chromium fetches for whomever, worklets and sockets
// included; that nothing else is asked for, PageUnderTest checks. First sound: the first sample
// that is not zero behind the playback worklet, when getOutputTimestamp() says that it is heard.

import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startFakeModel } from '../../tests/lib/fake_model.mjs';
import { serve } from '../../tests/lib/livegate.mjs';
import { PageUnderTest, launchBrowser, silence } from '../../tests/browser/page_fixture.mjs';
import { withRecorder } from '../../tests/browser/recorder.mjs';
import { summaryOf } from '../lib/figures.mjs';

const KEY = 'test-key-9f2c';
const REPLY_SAMPLES = 24000;

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '10' }, json: { type: 'string' } },
});

/** Passes bytes on; counts those to the browser, and what was asked for. */
async function startRelay(port) {
  const seen = { pages: 0, socket: 0, requests: [] };
  const server = net.createServer((browser) => {
    const gateway = net.connect(port, '127.0.0.1');
    let upgraded = false;
    browser.on('data', (data) => {
      // Chromium sends a request only when the one before it is answered, each in one piece.
      const [, where] = /^GET (\S+) HTTP\/1/.exec(data.toString('latin1', 0, 200)) ?? [];
      if (where && !upgraded) seen.requests.push(where);
      if (where?.startsWith('/v1/live')) upgraded = true;
    });
    gateway.on('data', (data) => (seen[upgraded ? 'socket' : 'pages'] += data.length));
    browser.pipe(gateway).pipe(browser);
    for (const side of [browser, gateway]) side.on('error', () => side.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const forget = () => Object.assign(seen, { pages: 0, socket: 0, requests: [] });
  return { address: `http://127.0.0.1:${server.address().port}`, seen, server, forget };
}

/** A model that answers a typed line at once, with a second of a tone. */
function startPromptModel() {
  const tone = Int16Array.from({ length: REPLY_SAMPLES }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 440 * (i + 10)) / 24000)),
  );
  const data = Buffer.from(tone.buffer).toString('base64');
  const inlineData = { mimeType: 'audio/pcm;rate=24000', data };
  return startFakeModel({
    onMessage: (connection, { realtimeInput }) => {
      if (!realtimeInput?.text) return;
      connection.say({ serverContent: { modelTurn: { parts: [{ inlineData }] } } });
      connection.say({ serverContent: { generationComplete: true } });
      connection.say({ serverContent: { turnComplete: true } });
    },
  });
}

/** Runs in the page ahead of its scripts: when it can be clicked, when it was, the output clock. */
function watchFirstSound() {
  const seen = { usable: 0, clicked: 0, ready: 0, clock: [] };
  window.firstSound = seen;
  addEventListener('click', () => (seen.clicked ||= performance.now()), { capture: true });
  const look = () => {
    if (!document.querySelector('#examples button')) return requestAnimationFrame(look);
    seen.usable = performance.now();
    const { client, speaker } = window.livegate;
    client.addEventListener('ready', () => (seen.ready ||= performance.now()));
    setInterval(() => {
      const stamp = speaker.context?.getOutputTimestamp();
      if (stamp?.contextTime > 0)
        seen.clock.push({ at: stamp.performanceTime, context: stamp.contextTime });
    }, 10);
  };
  addEventListener('DOMContentLoaded', look);
}

/** Runs in the page: the time of the first sound at the output, or 0. */
function firstSoundAt() {
  const { blocks, rateHz } = window.recorded;
  const block = blocks.find(({ samples }) => samples.some((value) => value !== 0));
  if (!block) return 0;
  const sound = (block.frame + block.samples.findIndex((value) => value !== 0)) / rateHz;
  const stamp = window.firstSound.clock.find(({ context }) => context >= sound);
  return stamp ? stamp.at - (stamp.context - sound) * 1000 : 0;
}

async function oneRun(relay) {
  relay.forget();
  const browser = await launchBrowser(silence(), { gestures: true });
  try {
    const page = await PageUnderTest.open(browser, relay.address, {
      ...withRecorder(),
      alsoBefore: [[watchFirstSound]],
      observed: false,
    });
    await page.page.locator('#examples button').first().click();
    const sound = await (await page.until(firstSoundAt, undefined, 60_000)).jsonValue();
    const { usable, clicked, ready } = await page.evaluate(() => window.firstSound);
    const { pages, socket, requests } = relay.seen;
    const counted = { pages, socket, requests: [...requests] };
    await page.closeCleanly();
    return {
      usable,
      ready: ready - clicked,
      sound: sound - clicked,
      sum: usable + sound - clicked,
      ...counted,
    };
  } finally {
    await browser.close();
  }
}

const model = await startPromptModel();
const gateway = await serve('bench-cold-page', ['--upstream', model.url], { GEMINI_API_KEY: KEY });
const relay = await startRelay(gateway.port);
const runs = [];
try {
  for (let run = 0; run < Number(options.runs); run++) runs.push(await oneRun(relay));
} finally {
  relay.server.close();
  await gateway.stop();
  model.close();
}

const of = (field) => summaryOf(runs.map((run) => run[field]));
const result = {
  runs: runs.length,
  bytes: of('pages'),
  requests: summaryOf(runs.map(({ requests }) => requests.length)),
  usableMs: of('usable'),
  clickToReadyMs: of('ready'),
  clickToSoundMs: of('sound'),
  navigationAndClickToSoundMs: of('sum'),
  asked: runs.at(-1).requests,
};
const row = (name, { p50, p95 }, digits = 0) =>
  console.log(
    `${name.padEnd(44)}${p50.toFixed(digits).padStart(9)}${p95.toFixed(digits).padStart(9)}`,
  );
console.log(`${runs.length} cold pages${' '.repeat(40)}p50      p95`);
row('bytes of the page, headers included', result.bytes);
row('requests, the socket among them', result.requests);
row('navigation to a page that can be clicked, ms', result.usableMs);
row('click to a ready conversation, ms', result.clickToReadyMs);
row('click to first sound at the output, ms', result.clickToSoundMs);
row('both, without the person in between, ms', result.navigationAndClickToSoundMs);
console.log('requests off the origin: none');
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
