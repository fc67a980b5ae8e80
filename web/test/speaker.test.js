// @ts-check
import { afterEach, beforeEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { BrowserSpeaker } from '../lib/speaker.js';

/** Just enough of Web Audio, with everything that was made and asked for in the open. */
class FakeContext {
  static made = /** @type {FakeContext[]} */ ([]);
  static startsAs = 'running';
  static loads = () => Promise.resolve();

  constructor(/** @type {{sampleRate?: number}} */ { sampleRate = 48000 } = {}) {
    this.sampleRate = sampleRate;
    this.state = FakeContext.startsAs;
    this.currentTime = 1;
    this.outputLatency = 0.03;
    this.baseLatency = 0.01;
    this.destination = {};
    this.log = /** @type {string[]} */ ([]);
    this.audioWorklet = { addModule: () => FakeContext.loads() };
    this.onstatechange = /** @type {(() => void) | null} */ (null);
    FakeContext.made.push(this);
  }

  turn(/** @type {string} */ state) {
    this.state = state;
    this.onstatechange?.();
  }

  async resume() {
    this.log.push('resume');
    if (FakeContext.startsAs === 'running') this.turn('running');
  }

  async suspend() {
    this.log.push('suspend');
    this.turn('suspended');
  }

  async close() {
    this.log.push('close');
    this.turn('closed');
  }

  getOutputTimestamp() {
    // The device is 40 ms behind what is being rendered.
    return { contextTime: this.currentTime - 0.04, performanceTime: performance.now() };
  }
}

class FakeNode {
  static made = /** @type {FakeNode[]} */ ([]);
  sent = /** @type {any[]} */ ([]);
  port = {
    onmessage: /** @type {((event: {data: any}) => void) | null} */ (null),
    postMessage: (/** @type {any} */ message) => this.sent.push(message),
    close: () => {},
  };
  connected = true;

  constructor() {
    FakeNode.made.push(this);
  }

  connect(/** @type {any} */ to) {
    return to;
  }

  disconnect() {
    this.connected = false;
  }
}

const listeners = new EventTarget();
const fakes = {
  AudioContext: FakeContext,
  AudioWorkletNode: FakeNode,
  AnalyserNode: FakeNode,
  addEventListener: listeners.addEventListener.bind(listeners),
  removeEventListener: listeners.removeEventListener.bind(listeners),
};

beforeEach(() => {
  Object.assign(globalThis, fakes);
  FakeContext.made = [];
  FakeNode.made = [];
  FakeContext.startsAs = 'running';
  FakeContext.loads = () => Promise.resolve();
});
afterEach(() => {
  for (const name of Object.keys(fakes)) delete (/** @type {any} */ (globalThis)[name]);
});

/** @param {Partial<import("../lib/playback_pipe.js").Report>} fields */
const report = (fields) => ({
  data: { session: 1, cause: 'tick', time: 1, until: 1.005, played: 0, playedOf: [], ...fields },
});

test('fifty conversations use one context and one worklet', async () => {
  const speaker = new BrowserSpeaker();
  for (let i = 0; i < 50; i++) {
    await speaker.open();
    speaker.rest();
  }
  assert.equal(FakeContext.made.length, 1);
  assert.equal(FakeContext.made[0].sampleRate, 24000);
  assert.equal(FakeNode.made.length, 2, 'the worklet and the analyser');
  await speaker.close();
});

test('open() twice at once builds once', async () => {
  const speaker = new BrowserSpeaker();
  await Promise.all([speaker.open(), speaker.open()]);
  assert.equal(FakeContext.made.length, 1);
  await speaker.close();
});

test('rest() silences at once and lets the sound card go a moment later', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const speaker = new BrowserSpeaker();
  await speaker.open();
  const [context] = FakeContext.made;
  speaker.rest();
  assert.deepEqual(speaker.node && FakeNode.made[0].sent.at(-1), {
    type: 'flush',
    turn: Number.MAX_SAFE_INTEGER,
  });
  t.mock.timers.tick(249);
  assert.equal(context.state, 'running');
  t.mock.timers.tick(1);
  assert.equal(context.state, 'suspended');
  assert.deepEqual(context.log, ['suspend'], 'a context at rest is left at rest');
  await speaker.open();
  assert.equal(context.state, 'running');
});

test('an open() soon after rest() keeps the sound card', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const speaker = new BrowserSpeaker();
  await speaker.open();
  speaker.rest();
  t.mock.timers.tick(100);
  await speaker.open();
  t.mock.timers.tick(1000);
  assert.equal(FakeContext.made[0].state, 'running');
});

test('a context that starts suspended is woken by the next gesture', async () => {
  FakeContext.startsAs = 'suspended';
  const speaker = new BrowserSpeaker();
  await speaker.open(); // does not wait for the gesture
  const [context] = FakeContext.made;
  const asked = () => context.log.filter((what) => what === 'resume').length;
  const before = asked();
  assert.ok(before >= 1);
  listeners.dispatchEvent(new Event('pointerdown'));
  assert.equal(asked(), before + 1);
  context.turn('running');
  listeners.dispatchEvent(new Event('pointerdown'));
  assert.equal(asked(), before + 1);
  await speaker.close();
});

test('what was said before the worklet was up is said to it in order', async () => {
  let loaded = () => {};
  FakeContext.loads = () => new Promise((resolve) => (loaded = () => resolve(undefined)));
  const speaker = new BrowserSpeaker();
  const opened = speaker.open();
  speaker.reset(1);
  speaker.push(1, new ArrayBuffer(4));
  speaker.connectMicrophone(/** @type {any} */ ('a port'));
  speaker.end(1);
  assert.equal(FakeNode.made.length, 0);
  loaded();
  await opened;
  const types = FakeNode.made[0].sent.map(({ type }) => type);
  assert.deepEqual(types, ['reset', 'push', 'microphone', 'end']);
  await speaker.close();
});

test('close() really closes, also while the worklet loads, and open() begins anew', async () => {
  let loaded = () => {};
  FakeContext.loads = () => new Promise((resolve) => (loaded = () => resolve(undefined)));
  const speaker = new BrowserSpeaker();
  const opened = speaker.open();
  await speaker.close();
  loaded();
  await opened;
  assert.equal(FakeContext.made[0].state, 'closed');
  assert.equal(FakeNode.made.length, 0);
  FakeContext.loads = () => Promise.resolve();
  await speaker.open();
  assert.equal(FakeContext.made.length, 2);
  await speaker.close();
  assert.equal(FakeNode.made[0].connected, false);
  assert.deepEqual(FakeNode.made[0].sent.at(-1), { type: 'close' });
});

test('a worklet that cannot be loaded leaves nothing open and may be tried again', async () => {
  FakeContext.loads = () => Promise.reject(new Error('no such module'));
  const speaker = new BrowserSpeaker();
  await assert.rejects(speaker.open(), /no such module/);
  assert.equal(FakeContext.made[0].state, 'closed');
  FakeContext.loads = () => Promise.resolve();
  await speaker.open();
  assert.equal(speaker.device?.state, 'running');
  await speaker.close();
});

test('a context that the browser closed is replaced', async () => {
  const speaker = new BrowserSpeaker();
  await speaker.open();
  FakeContext.made[0].turn('closed');
  assert.equal(speaker.node, null);
  await speaker.open();
  assert.equal(FakeContext.made.length, 2);
  await speaker.close();
});

test('a report tells what the device let sound, and the end when it is out', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  /** @type {any[]} */
  const told = [];
  const speaker = new BrowserSpeaker((one) => told.push(one));
  await speaker.open();
  const [context] = FakeContext.made;
  const post = (/** @type {any} */ fields) => FakeNode.made[0].port.onmessage?.(report(fields));
  post({ cause: 'started', playing: true, time: 1, until: 1 });
  const ahead = told[0].at_ms - performance.now();
  assert.ok(ahead > 30 && ahead <= 40.001, `audible in ${ahead} ms`);
  assert.ok(Math.abs(told[0].latency_ms - 40) < 1);
  context.currentTime = 1.1;
  post({ cause: 'tick', playing: true, until: 1.1, played: 2400, playedOf: [[1, 2400]] });
  assert.ok(Math.abs(told[1].heard - 1440) < 40, `60 of 100 ms: ${told[1].heard}`);
  assert.deepEqual(told[1].heardOf, [[1, told[1].heard]]);
  const over = { cause: 'silent', playing: false, played: 2400, playedOf: [[1, 2400]] };
  post({ ...over, time: 1.1, until: 1.105 });
  assert.ok(told[2].heard < 2400);
  context.currentTime = 1.2;
  t.mock.timers.tick(60);
  assert.equal(told.length, 4);
  assert.deepEqual([told[3].cause, told[3].heard], ['silent', 2400]);
  t.mock.timers.tick(5000);
  assert.equal(told.length, 4, 'and that is all');
  await speaker.close();
});
