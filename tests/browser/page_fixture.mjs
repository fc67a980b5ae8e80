// The page in a real browser, for tests: starts Chromium with a recording for a microphone, keeps
// what the page must never do (errors in the console, requests to another origin) and measures what
// the loudspeaker really got, with an AnalyserNode behind the playback worklet.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { require } from '../lib/livegate.mjs';

const { chromium } = require('playwright-core');

export const scratch = mkdtempSync(path.join(tmpdir(), 'livegate-browser-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const MICROPHONE_RATE_HZ = 16000;

/**
 * Writes what the microphone will hear.
 * @param {string} name
 * @param {(string | number)[]} parts sentences to be spoken and pauses in seconds, in order
 * @returns {string} the file
 */
export function recording(name, parts) {
  const pieces = parts.map((part, index) => {
    const file = path.join(scratch, `${name}-${index}.wav`);
    if (typeof part === 'number') {
      const rate = ['-r', String(MICROPHONE_RATE_HZ), '-b', '16', '-c', '1'];
      execFileSync('sox', ['-n', ...rate, file, 'trim', '0', String(part)]);
    } else {
      execFileSync('flite', ['-voice', 'rms', '-t', part, '-o', file]);
    }
    return file;
  });
  const whole = path.join(scratch, `${name}.wav`);
  execFileSync('sox', [...pieces, whole]);
  return whole;
}

/** A microphone in an empty room. */
export function silence() {
  const samples = Buffer.alloc(44 + 2 * MICROPHONE_RATE_HZ);
  samples.write('RIFF', 0);
  samples.writeUInt32LE(samples.length - 8, 4);
  samples.write('WAVEfmt ', 8);
  samples.writeUInt32LE(16, 16);
  samples.writeUInt16LE(1, 20);
  samples.writeUInt16LE(1, 22);
  samples.writeUInt32LE(MICROPHONE_RATE_HZ, 24);
  samples.writeUInt32LE(2 * MICROPHONE_RATE_HZ, 28);
  samples.writeUInt16LE(2, 32);
  samples.writeUInt16LE(16, 34);
  samples.write('data', 36);
  samples.writeUInt32LE(samples.length - 44, 40);
  const file = path.join(scratch, 'silence.wav');
  writeFileSync(file, samples);
  return file;
}

/**
 * @param {string} microphoneFile
 * @param {{loop?: boolean, gestures?: boolean, args?: string[]}} [options] `loop`: the recording
 *   begins again at its end; `gestures`: sound waits for a click, as in a person's browser
 */
export function launchBrowser(microphoneFile, options = {}) {
  const { loop = false, gestures = false, args = [] } = options;
  return chromium.launch({
    executablePath: process.env.LIVEGATE_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${microphoneFile}${loop ? '' : '%noloop'}`,
      `--autoplay-policy=${gestures ? 'document-user-activation' : 'no-user-gesture'}-required`,
      ...args,
    ],
  });
}

/** One page under observation. */
export class PageUnderTest {
  /**
   * @param {import("playwright-core").Browser} browser
   * @param {string} address of the gateway, without a path
   * @param {{hash?: string, context?: object, before?: (argument: any) => void, argument?: any,
   *   alsoBefore?: [(argument: any) => void, any][], observed?: boolean}} [options] `before` runs
   *   in the page ahead of its own scripts, with `argument`, and so does `alsoBefore`; `observed`:
   *   note events and loudness, which takes memory of its own
   */
  static async open(browser, address, options = {}) {
    const {
      hash = '',
      context = {},
      before,
      argument,
      alsoBefore = [],
      observed = true,
    } = options;
    const view = { viewport: { width: 1280, height: 800 }, ...context };
    const page = await (await browser.newContext(view)).newPage();
    const self = new PageUnderTest(page, address);
    if (before) await page.addInitScript(before, argument);
    for (const [script, value] of alsoBefore) await page.addInitScript(script, value);
    await page.goto(`${address}/${hash}`);
    try {
      await page.waitForFunction(() => window.livegate !== undefined);
    } catch (error) {
      const seen = JSON.stringify({
        complaints: self.complaints,
        unanswered: [...self.unanswered],
      });
      throw new Error(`the page did not come up: ${seen}`, { cause: error });
    }
    if (observed) await page.evaluate(observe);
    return self;
  }

  constructor(page, address) {
    this.page = page;
    this.strangers = []; // requests outside the origin
    this.complaints = []; // of the console
    this.unanswered = new Set(); // requests on their way
    const socket = address.replace(/^http/, 'ws');
    const known = (url) => url.startsWith(`${address}/`) || url.startsWith(`${socket}/`);
    page.on('request', (request) => known(request.url()) || this.strangers.push(request.url()));
    page.on('request', (request) => this.unanswered.add(request.url()));
    page.on('requestfinished', (request) => this.unanswered.delete(request.url()));
    page.on('websocket', (opened) => known(opened.url()) || this.strangers.push(opened.url()));
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
  }

  /**
   * @param {(argument: any) => unknown} condition evaluated in the page
   * @param {unknown} [argument]
   */
  async until(condition, argument, timeout = 20_000) {
    try {
      return await this.page.waitForFunction(condition, argument, { timeout, polling: 20 });
    } catch (error) {
      const state = JSON.stringify(await this.page.evaluate(() => window.observed?.summary()));
      throw new Error(`${condition} did not come true in ${timeout} ms; the page: ${state}`, {
        cause: error,
      });
    }
  }

  /** @param {string} state of the client */
  async reaches(state) {
    await this.until((wanted) => window.livegate.client.state === wanted, state);
  }

  evaluate(action, argument) {
    return this.page.evaluate(action, argument);
  }

  /** Lets `seconds` of the loudspeaker's own time go by. */
  async plays(seconds) {
    const from = await this.page.evaluate(() => window.livegate.speaker.context.currentTime);
    const passed = (end) => window.livegate.speaker.context.currentTime >= end;
    await this.until(passed, from + seconds);
  }

  /** @param {string} name kept if LIVEGATE_SCREENSHOTS names a folder */
  async screenshot(name) {
    const folder = process.env.LIVEGATE_SCREENSHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `${name}.png`) });
  }

  /** @param {RegExp[]} [expected] console messages that belong to the test */
  async closeCleanly(expected = []) {
    const unexpected = this.complaints.filter((text) => !expected.some((one) => one.test(text)));
    await this.page.context().close();
    assert.deepEqual(this.strangers, [], 'no request leaves the origin');
    assert.deepEqual(unexpected, [], 'the console stays clean');
  }
}

/**
 * Runs in the page: notes events with their time, and the loudness at the end of the graph every
 * few milliseconds, independently of what the worklet says about itself.
 */
function observe() {
  const { client, speaker, playback, transcript } = window.livegate;
  const events = [];
  const loudness = []; // {at: performance.now(), peak} of the newest 5 ms
  const names = ['ready', 'speech_started', 'speech_ended', 'turn_started', 'tool_call'];
  for (const name of [...names, 'interrupted', 'turn_complete', 'problem', 'reconnected']) {
    client.addEventListener(name, ({ detail }) => {
      events.push({ name, at: performance.now(), turn: detail.turn, code: detail.code });
    });
  }
  const newest = new Float32Array(1024);
  setInterval(() => {
    if (!speaker.analyser) return;
    speaker.analyser.getFloatTimeDomainData(newest);
    let peak = 0;
    for (const value of newest.subarray(-120)) peak = Math.max(peak, Math.abs(value));
    loudness.push({ at: performance.now(), peak });
  }, 4);
  const summary = () => ({
    state: client.state,
    microphone: client.microphoneState,
    failure: client.failure,
    said: transcript.entries.map(({ role, turn, text }) => `${role} ${turn}: ${text}`),
    events: events.map(({ name, turn }) => `${name} ${turn ?? ''}`),
    playback: playback.last,
  });
  const playedOf = (turn) => new Map(playback.last?.playedOf).get(turn) ?? 0;
  const first = (name, turn) => events.find((one) => one.name === name && one.turn === turn);
  const peakBetween = (from, to) =>
    loudness.reduce(
      (most, { at, peak }) => (at >= from && at < to ? Math.max(most, peak) : most),
      0,
    );
  window.observed = { events, loudness, summary, playedOf, first, peakBetween };
}
