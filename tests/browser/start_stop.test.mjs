// Start and stop, fifty times and across each other, against the real gateway: afterwards nothing
// is left that was not there before. What is counted is what the browser really holds: constructors
// are wrapped ahead of the page's scripts, and after a forced collection Chromium's own counters
// say how many audio nodes, worklet processors and bytes are alive.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { serve } from '../lib/livegate.mjs';
import { PageUnderTest, launchBrowser, silence } from './page_fixture.mjs';

const CYCLES = 50;
const WARM_UP = 10; // cycles until caches and bounded histories are filled
/** Forty conversations grew it by about 100 kB when this was written. */
const HEAP_GROWTH_MAX_BYTES = 500_000;

let gateway;
let browser;

before(async () => {
  gateway = await serve('browser-start-stop', ['--upstream', 'offline']);
  browser = await launchBrowser(silence());
});

after(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** Runs in the page ahead of its scripts. */
function watch() {
  const made = { contexts: [], nodes: [], channels: [], sockets: [], tracks: [] };
  const wrap = (name, list) => {
    const Native = window[name];
    window[name] = class extends Native {
      constructor(...args) {
        super(...args);
        list.push(new WeakRef(this));
      }
    };
  };
  wrap('AudioContext', made.contexts);
  wrap('AudioWorkletNode', made.nodes);
  wrap('MessageChannel', made.channels);
  wrap('WebSocket', made.sockets);
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await ask(constraints);
    made.tracks.push(...stream.getTracks().map((track) => new WeakRef(track)));
    return stream;
  };
  const alive = (list) => list.map((one) => one.deref()).filter(Boolean);
  window.held = () => ({
    contexts: alive(made.contexts).filter(({ state }) => state !== 'closed').length,
    running: alive(made.contexts).filter(({ state }) => state === 'running').length,
    nodes: alive(made.nodes).length,
    channels: alive(made.channels).length,
    sockets: alive(made.sockets).filter(({ readyState }) => readyState !== 3).length,
    tracks: alive(made.tracks).filter(({ readyState }) => readyState !== 'ended').length,
  });
  window.made = made;
}

async function openPage() {
  const page = await PageUnderTest.open(browser, gateway.http, { before: watch, observed: false });
  page.devtools = await page.page.context().newCDPSession(page.page);
  await page.devtools.send('Performance.enable');
  return page;
}

/** What is alive after a collection. */
async function census(page) {
  // Twice: what finalizers let go in the first is collected in the second.
  for (let time = 0; time < 2; time++) await page.devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await page.devtools.send('Performance.getMetrics');
  const counter = (name) => metrics.find((one) => one.name === name).value;
  return {
    ...(await page.evaluate(() => window.held())),
    audioHandlers: counter('AudioHandlers'),
    processors: counter('AudioWorkletProcessors'),
    listeners: counter('JSEventListeners'),
    documents: counter('Documents'),
    heap: counter('JSHeapUsedSize'),
  };
}

/** Ends are reported by other threads: waits until a census passes, then returns it. */
async function settled(page, passes) {
  let seen;
  for (let tries = 0; tries < 100; tries++) {
    seen = await census(page);
    if (passes(seen)) return seen;
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
  }
  return seen;
}

const quiet = ({ contexts, running, sockets, tracks }) =>
  contexts <= 1 && running === 0 && sockets === 0 && tracks === 0;

const sessionsOpen = async () => {
  const page = await (await fetch(`${gateway.http}/metrics`)).text();
  return Number(/^livegate_sessions_open (\d+)/m.exec(page)[1]);
};

async function start(page) {
  await page.page.click('#toggle');
  await page.reaches('ready');
  await page.until(() => window.livegate.client.microphoneState === 'on');
}

async function stop(page) {
  await page.page.click('#toggle');
  await page.reaches('closed');
}

test('fifty conversations leave nothing behind', async () => {
  const page = await openPage();
  let warm;
  for (let cycle = 1; cycle <= CYCLES; cycle++) {
    await start(page);
    if (cycle % 10 === 5) {
      // Some of them with a reply that is cut short by the stop.
      const before = await page.evaluate(() => window.livegate.playback.last?.energy ?? 0);
      await page.evaluate(() => window.livegate.client.sendText('tell me a story'));
      await page.until((energy) => window.livegate.playback.last?.energy > energy, before);
    }
    await stop(page);
    if (cycle === WARM_UP) warm = await settled(page, quiet);
  }
  const { heap: warmHeap, ...idle } = warm;
  const same = (seen) => Object.entries(idle).every(([name, value]) => seen[name] <= value);
  const { heap, ...left } = await settled(page, (seen) => quiet(seen) && same(seen));
  console.log(`# after ${CYCLES} conversations`, left, `heap ${heap - warmHeap} bytes more`);
  assert.deepEqual([left.contexts, left.running, left.sockets, left.tracks], [1, 0, 0, 0]);
  assert.equal(left.nodes, 1, 'the loudspeaker keeps its worklet node, the microphone none');
  assert.deepEqual(left, idle, 'the same as after the first few');
  assert.ok(heap - warmHeap < HEAP_GROWTH_MAX_BYTES, `the heap grew by ${heap - warmHeap} bytes`);
  const made = await page.evaluate(() => window.made.sockets.length);
  assert.equal(made, CYCLES, 'one socket for each conversation');
  assert.equal(await sessionsOpen(), 0);
  await page.closeCleanly();
});

test('clicks that overtake each other end in the state of the last one', async () => {
  const page = await openPage();
  await start(page);
  const idle = await census(page);
  await stop(page);

  // In one task, then one task apart, then at moments in between: an even number of clicks ends
  // stopped, one more ends started.
  for (const gapMs of [null, 0, 1, 5, 17, 40]) {
    await page.evaluate(async (gap) => {
      const button = document.querySelector('#toggle');
      for (let click = 0; click < 10; click++) {
        button.click();
        if (gap !== null) await new Promise((resolve) => setTimeout(resolve, gap));
      }
    }, gapMs);
    await page.reaches('closed');
    const after = await settled(page, quiet);
    assert.ok(quiet(after), `after clicks ${gapMs} ms apart: ${JSON.stringify(after)}`);
  }
  for (let click = 0; click < 3; click++) {
    await page.evaluate(() => document.querySelector('#toggle').click());
  }
  await page.reaches('ready');
  await page.until(() => window.livegate.client.microphoneState === 'on');
  const running = await settled(
    page,
    ({ contexts, sockets, tracks, nodes }) =>
      contexts === 2 && sockets === 1 && tracks === 1 && nodes === 2,
  );
  for (const name of ['contexts', 'sockets', 'tracks', 'nodes', 'audioHandlers'])
    assert.equal(running[name], idle[name], `${name} as in the first conversation`);
  await stop(page);
  assert.ok(quiet(await settled(page, quiet)));
  for (let tries = 0; tries < 100 && (await sessionsOpen()) > 0; tries++)
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
  assert.equal(await sessionsOpen(), 0);
  // Chromium's own words for a stop ahead of the handshake's end.
  await page.closeCleanly([/WebSocket is closed before the connection is established/]);
});
