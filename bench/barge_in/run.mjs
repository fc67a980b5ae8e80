// How long a person who cuts in goes on hearing the reply: from the first sample of speech at
// Chromium's fake microphone to the output 10 dB down (duck) and to silence (stop), over the real
// gateway.
//
//   node bench/barge_in/run.mjs [--runs 30] [--json FILE]      LIVEGATE_BIN names the gateway
//
// The microphone is a recording that repeats: silence, then speech that begins on one sample. The
// model is scripted: whenever a person has finished it replies with eight seconds of a 1 kHz tone,
// all at once, so each repetition of the speech falls into a reply that sounds with seconds of it
// still queued. The page runs as it is, with the microphone settings it asks for.
//
// Everything is read on performance.now():
//   in    a MediaStreamTrackProcessor on the microphone's track. Its buffers carry the device's
//         capture time. A sample counts as captured when a real device would have done it: before
//         the stamp of its buffer, by what follows it there. The browser's echo canceller and
//         noise suppressor lie before that tap; the stamp is from before them.
//   out   a recorder behind the playback worklet says what was rendered, sample by sample;
//         getOutputTimestamp() when that reaches the device, so output latency is included.
// Between the two the probe notes the first packet with speech, the gateway's events, the flush.
//
// A run counts if the reply was sounding steadily before the speech; others are counted apart.

import { writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startFakeModel } from '../../tests/lib/fake_model.mjs';
import { serve } from '../../tests/lib/livegate.mjs';
import { speak } from '../../tests/lib/speech.mjs';
import { PageUnderTest, launchBrowser, scratch } from '../../tests/browser/page_fixture.mjs';
import { withRecorder } from '../../tests/browser/recorder.mjs';
import { SPEECH_PEAK, renderedLevels, watchClient, watchMicrophone } from './page_probe.mjs';
import { median, summaryOf } from '../lib/figures.mjs';

const REPLY_S = 8;
const TONE_HZ = 1000; // one period in each millisecond at 24 kHz
const TONE_PEAK = 6000;
const CYCLE_S = 5;
const DUCK_DB = -10;
const SILENCE = 1e-5;
const KEY = 'test-key-9f2c';

/** Where the time goes, from one moment of a run to another. */
const SHARES = [
  ['speech to the duck told', 'speech', 'ducked'],
  ['duck told to output 10 dB down', 'ducked', 'duck'],
  ['speech to its first packet sent', 'speech', 'packet'],
  ['packet to `interrupted` back', 'packet', 'gateway'],
  ['`interrupted` to flush told', 'gateway', 'flush'],
  ['flush told to silence', 'flush', 'stop'],
];

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '30' }, json: { type: 'string' } },
});
const runsWanted = Number(options.runs);

/** Silence, then speech from its first loud sample on, `CYCLE_S` in all. */
function microphoneFile() {
  const spoken = speak('wait a moment please');
  const samples = new Int16Array(new Uint8Array(spoken).buffer);
  const first = samples.findIndex((value) => Math.abs(value) > 32768 * 0.02);
  const cycle = new Int16Array(16000 * CYCLE_S);
  const speech = samples.subarray(first);
  cycle.set(speech, cycle.length - speech.length);
  const raw = path.join(scratch, 'barge-in.raw');
  writeFileSync(raw, Buffer.from(cycle.buffer));
  const file = path.join(scratch, 'barge-in.wav');
  execFileSync('sox', [
    '-t',
    'raw',
    '-r',
    '16000',
    '-e',
    'signed',
    '-b',
    '16',
    '-c',
    '1',
    raw,
    file,
  ]);
  return { file, speechMs: (speech.length / 16000) * 1000 };
}

/** A model that answers each utterance with a long tone, and stops when it hears speech. */
function startToneModel() {
  const tone = Int16Array.from({ length: 24000 }, (_, i) =>
    Math.round(TONE_PEAK * Math.sin((2 * Math.PI * TONE_HZ * i) / 24000)),
  );
  const data = Buffer.from(tone.buffer).toString('base64');
  const inlineData = { mimeType: 'audio/pcm;rate=24000', data };
  const replying = new WeakSet();
  return startFakeModel({
    onMessage: (connection, { realtimeInput }) => {
      if (realtimeInput?.audioStreamEnd || realtimeInput?.text) {
        for (let second = 0; second < REPLY_S; second++)
          connection.say({ serverContent: { modelTurn: { parts: [{ inlineData }] } } });
        replying.add(connection);
      } else if (realtimeInput?.audio && replying.delete(connection)) {
        connection.say({ serverContent: { interrupted: true } });
        connection.say({ serverContent: { turnComplete: true } });
      }
    },
  });
}

/** Lets the page talk until enough repetitions of the speech have gone by. */
async function converse(page, utterances) {
  await page.page.click('#toggle');
  await page.reaches('ready');
  await page.evaluate(watchClient);
  const enough = (count) => window.probe.onsets.length >= count && window.probe.clock.length > 0;
  await page.until(enough, utterances, (utterances + 6) * CYCLE_S * 2000);
  await page.plays(1.5);
}

/**
 * When the first loud sample of a buffer was captured: a device stamps a buffer when it is full.
 * @param {{timestampMs: number, frames: number, index: number, rateHz: number, seen: number}} onset
 */
function captured({ timestampMs, frames, index, rateHz, seen }) {
  // A Chromium that stamps by another clock would be off by the age of the machine.
  if (Math.abs(seen - timestampMs) > 10_000)
    throw new Error('this Chromium does not stamp audio by performance.now()');
  return timestampMs - ((frames - index) / rateHz) * 1000;
}

/**
 * From the page's time to the context's time that is heard then, both in ms, by the stamp nearest:
 * an overloaded machine makes the context lose time now and then.
 * @param {{at: number, context: number}[]} stamps ascending
 */
function outputClock(stamps) {
  return (ms) => {
    const after = stamps.findIndex(({ at }) => at >= ms);
    const { at, context } = stamps[after < 0 ? stamps.length - 1 : after];
    return context * 1000 + ms - at;
  };
}

/** One barge-in: milliseconds after its first sample of speech, or why it does not count. */
function judge(startMs, { probe, levelAt }) {
  const before = [];
  for (let ms = -300; ms < -20; ms++) before.push(levelAt(startMs + ms));
  const reference = median(before);
  if (!(reference > 0.02)) return { skipped: 'no reply was sounding' };
  if (before.some((level) => level < reference * 0.5))
    return { skipped: 'the reply was unsteady' };

  const reached = (limit, lasting) => {
    for (let ms = 0; ms < 2000; ms++) {
      let held = true;
      for (let more = 0; more < lasting && held; more++)
        held = levelAt(startMs + ms + more) <= limit;
      if (held) return ms;
    }
    return null;
  };
  const next = (list) => (list.find((at) => at >= startMs) ?? NaN) - startMs;
  const event = (name) =>
    next(probe.events.filter((one) => one.name === name).map(({ at }) => at));
  const duck = reached(reference * 10 ** (DUCK_DB / 20), 1);
  const stop = reached(SILENCE, 100);
  if (stop === null) return { skipped: 'the reply was never stopped' };
  return {
    duck,
    stop,
    speech: 0,
    ducked: event('ducked'),
    packet: next(probe.packets),
    gateway: event('interrupted'),
    flush: event('flushed'),
  };
}

const ms = (value) => (value === undefined ? '-' : value.toFixed(1)).padStart(8);

/** What run.mjs found, for a terminal. */
function table(result) {
  const row = (name, { p50, p95, least, most }) =>
    `${name.padEnd(34)}${ms(p50)}${ms(p95)}${ms(least)}${ms(most)}`;
  const { duckMs, stopMs, shares, skipped } = result;
  const lines = [
    `${duckMs.count} barge-ins of ${result.runs}, in ms from the first sample of speech`,
    `${''.padEnd(34)}     p50     p95   least    most`,
    row('duck: output 10 dB down', duckMs),
    row('stop: silence', stopMs),
    '',
    'where the time goes',
    ...Object.entries(shares).map(([name, figures]) => row(`  ${name}`, figures)),
    '',
    `the output latency among them, as the browser states it: ${ms(result.outputLatencyMs)} ms`,
    `holes in the rendered audio (an overloaded machine): ${result.holes}`,
  ];
  for (const reason of new Set(skipped))
    lines.push(`not counted, ${reason}: ${skipped.filter((one) => one === reason).length}`);
  return lines.join('\n');
}

const model = await startToneModel();
const gateway = await serve('bench-barge-in', ['--upstream', model.url], { GEMINI_API_KEY: KEY });
const { file, speechMs } = microphoneFile();
const browser = await launchBrowser(file, { loop: true });
let result;
try {
  const page = await PageUnderTest.open(browser, gateway.http, {
    ...withRecorder(),
    alsoBefore: [[watchMicrophone, { speechPeak: SPEECH_PEAK }]],
    observed: false,
  });
  // The first utterance has no reply to fall into.
  await converse(page, runsWanted + 1);
  const probe = await page.evaluate(() => window.probe);
  const { startS, levels, holes } = await page.evaluate(renderedLevels);
  const { userAgent, settings, latency } = await page.evaluate(() => ({
    userAgent: navigator.userAgent,
    settings: window.livegate.client.options.microphone.stream?.getAudioTracks()[0].getSettings(),
    latency: window.livegate.speaker.context.outputLatency * 1000,
  }));

  const audible = outputClock(probe.clock);
  const levelAt = (ms) => levels[Math.floor(audible(ms) - startS * 1000)] ?? 0;
  const starts = probe.onsets.map(captured);
  const runs = starts.slice(1, runsWanted + 1).map((at) => judge(at, { probe, levelAt }));
  const good = runs.filter(({ skipped }) => !skipped);
  result = {
    userAgent,
    speechMs,
    outputLatencyMs: latency,
    microphone: settings,
    runs: runs.length,
    skipped: runs.filter(({ skipped }) => skipped).map(({ skipped }) => skipped),
    holes,
    tapLagMs: summaryOf(probe.onsets.map((onset) => onset.seen - captured(onset))),
    duckMs: summaryOf(good.map(({ duck }) => duck)),
    stopMs: summaryOf(good.map(({ stop }) => stop)),
    shares: Object.fromEntries(
      SHARES.map(([name, from, to]) => [name, summaryOf(good.map((run) => run[to] - run[from]))]),
    ),
    each: runs,
  };
} finally {
  await browser.close();
  await gateway.stop();
  model.close();
}
console.log(table(result));
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
