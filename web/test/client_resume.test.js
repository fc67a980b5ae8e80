// @ts-check
// Coming back, against a gateway that keeps the rules of docs/wire-browser.md.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { FakeSocket, page, settle } from './client_fakes.js';

/** A session at the gateway: counts, remembers, and replays what has not arrived. */
class Session {
  constructor() {
    this.received = 0;
    /** @type {any[]} session messages of the client, in the order of their coming */
    this.heard = [];
    /** @type {(string | ArrayBuffer)[]} session messages to the client, from number 1 on */
    this.sent = [];
    this.tokens = 0;
    /** @type {Set<string>} good until the client shows that it has the next one */
    this.open = new Set();
  }
  /** @param {number} graceMs */
  offer(graceMs) {
    const token = `t${++this.tokens}`;
    this.open.add(token);
    return { token, grace_ms: graceMs };
  }
}

/**
 * One connection at a time between a client and the gateway. What is under way when it breaks is
 * lost: `delivers` says how much of it arrives before.
 */
class ResumingGateway {
  constructor(graceMs = 30_000) {
    this.graceMs = graceMs;
    this.session = new Session();
    this.refusals = 0;
    /** @type {any} */
    this.socket = null;
    this.read = 0; // of what the client sent on this socket
    this.attached = false;
  }
  /** Takes the newest socket, and answers its `start`. */
  accepts() {
    this.socket = FakeSocket.last;
    this.read = 0;
    this.attached = false;
    this.socket.opens();
    this.reads();
  }
  /** Reads what the client has sent. @param {number} [most] messages */
  reads(most = Infinity) {
    const { sent } = this.socket;
    for (let count = 0; this.read < sent.length && count < most; count++)
      this.#take(sent[this.read++]);
  }
  /** @param {any} message */
  #take(message) {
    if (message.type === 'start') this.#start(message);
    else {
      if (this.session.open.size > 1) this.session.open = new Set([`t${this.session.tokens}`]);
      if (message.type === 'ping') {
        this.socket.says({ type: 'pong', id: message.id, at_ms: 0 });
        return;
      }
      this.session.received++;
      this.session.heard.push(message);
    }
  }
  /** @param {any} start */
  #start({ resume, received }) {
    const ready = { type: 'ready', session: 's', model: 'm', upstream: 'offline' };
    if (resume === undefined) {
      this.session = new Session();
      this.socket.says({ ...ready, resume: this.session.offer(this.graceMs) });
    } else if (this.session.open.has(resume)) {
      const resumed = { resumed: true, received: this.session.received };
      this.socket.says({ ...ready, ...resumed, resume: this.session.offer(this.graceMs) });
      for (const data of this.session.sent.slice(received)) this.socket.onmessage({ data });
    } else {
      this.refusals++;
      this.socket.says({ type: 'error', code: 'resume_refused', message: 'No.', fatal: false });
      this.reads();
      return;
    }
    this.attached = true;
  }
  /** A session message; it arrives unless `lost`. @param {string | ArrayBuffer} data */
  sends(data, lost = false) {
    this.session.sent.push(data);
    if (!lost && this.socket.readyState === 1) this.socket.onmessage({ data });
  }
  /** @param {object} event */
  says(event, lost = false) {
    this.sends(JSON.stringify(event), lost);
  }
  drops() {
    this.attached = false;
    this.socket.drops();
  }
}

/** @param {number} value @param {number} [samples] */
function packet(value, samples = 480) {
  return new Int16Array(samples).fill(value).buffer;
}

/** A speaker that keeps every sample it was given. */
function recorder() {
  const heard = /** @type {number[]} */ ([]);
  const log = /** @type {any[]} */ ([]);
  return {
    heard,
    log,
    onReport: (/** @type {any} */ _report) => {},
    async open() {},
    reset: (/** @type {number} */ session) => log.push(['reset', session]),
    push: (/** @type {number} */ turn, /** @type {ArrayBuffer} */ bytes) => {
      log.push(['push', turn]);
      heard.push(...new Int16Array(bytes));
    },
    end: (/** @type {number} */ turn) => log.push(['end', turn]),
    flush: (/** @type {number} */ turn) => log.push(['flush', turn]),
    rest() {},
  };
}

async function begun(options = {}, graceMs = 30_000) {
  const speaker = recorder();
  const world = page({ speaker, ...options }, ['ready', 'turn_complete']);
  const gateway = new ResumingGateway(graceMs);
  world.client.start();
  gateway.accepts();
  await settle();
  const returns = () => {
    world.pass(30_000);
    gateway.accepts();
  };
  return { ...world, speaker, gateway, returns };
}

test('a drop in mid-reply loses no sample, doubles none, and does not stop the sound', async () => {
  const { client, speaker, gateway, pass, told } = await begun();
  gateway.says({ type: 'turn_started', turn: 1 });
  for (let value = 1; value <= 5; value++) gateway.sends(packet(value));
  for (let value = 6; value <= 8; value++) gateway.sends(packet(value), true); // on the way, lost
  gateway.drops();
  assert.equal(client.state, 'reconnecting');
  assert.equal(told('reconnecting')[0].resumable, true);
  gateway.sends(packet(9)); // the model goes on meanwhile
  pass(100);
  gateway.accepts();
  gateway.sends(packet(10));
  gateway.says({ type: 'turn_complete', turn: 1 });
  assert.equal(client.state, 'ready');
  const values = Array.from({ length: 10 }, (_, index) => speaker.heard[480 * index]);
  assert.deepEqual(values, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.equal(speaker.heard.length, 4800);
  assert.deepEqual(
    speaker.log.filter(([what]) => what !== 'push'),
    [
      ['reset', 1],
      ['end', 1],
    ],
  );
  assert.deepEqual(told('reconnected'), [{ by: 'page', resumed: true }]);
  assert.equal(told('turn_complete')[0].samples, 4800);
  assert.equal(client.received.samples, 4800);
});

test('the first try to come back is quick, and carries the count and no settings', async () => {
  const { gateway, told, pass } = await begun();
  gateway.says({ type: 'speech_started', at_ms: 5 });
  gateway.drops();
  assert.ok(told('reconnecting')[0].retry_in_ms <= 100);
  pass(100);
  FakeSocket.last.opens();
  assert.deepEqual(FakeSocket.last.sent, [{ type: 'start', resume: 't1', received: 1 }]);
});

test('speech, mute and tool results that were under way arrive once, in their order', async () => {
  let finish = (/** @type {any} */ _outcome) => {};
  const onToolCall = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  const { client, microphone, gateway, returns } = await begun({ onToolCall });
  gateway.says({ type: 'tool_call', turn: 1, id: 'c1', name: 'x' });
  for (let value = 1; value <= 4; value++) microphone.speak(packet(value, 320), 0.1);
  gateway.reads(3); // the greeting's ping and two packets; the rest is lost on the way
  gateway.drops();
  microphone.speak(packet(5, 320), 0.1);
  client.setMuted(true);
  finish({ result: 7 });
  await settle();
  returns();
  client.setMuted(false);
  gateway.reads();
  const heard = gateway.session.heard.map((message) =>
    message instanceof ArrayBuffer ? new Int16Array(message)[0] : message.type,
  );
  assert.deepEqual(heard, [1, 2, 3, 4, 5, 'mute', 'tool_result', 'unmute']);
});

test('a resume is refused: the same connection begins anew, as without one', async () => {
  const { client, speaker, gateway, told, problems, pass } = await begun();
  gateway.says({ type: 'turn_started', turn: 1 });
  gateway.sends(packet(1));
  gateway.session.open.clear(); // the gateway let the session go
  gateway.drops();
  pass(100);
  gateway.accepts();
  assert.equal(gateway.refusals, 1);
  assert.equal(client.state, 'ready');
  assert.deepEqual(told('reconnected'), [{ by: 'page', resumed: false }]);
  assert.deepEqual(problems(), [], 'a refusal is no fault that a person must see');
  const starts = FakeSocket.last.said('start');
  assert.equal(starts.length, 2);
  assert.equal(starts[1].rate, 16000);
  assert.deepEqual(speaker.log.at(-1), ['reset', 2]);
  gateway.says({ type: 'turn_started', turn: 1 });
  gateway.sends(packet(2));
  assert.equal(client.received.samples, 480, 'turns and counts began anew');
});

test('a token that was refused is not shown again', async () => {
  const { gateway, pass } = await begun();
  gateway.drops();
  pass(100);
  const socket = FakeSocket.last;
  socket.opens();
  socket.says({ type: 'error', code: 'resume_refused', message: 'No.', fatal: false });
  socket.drops();
  pass(1000);
  FakeSocket.last.opens();
  assert.notEqual(FakeSocket.last, socket);
  assert.equal(FakeSocket.last.sent[0].resume, undefined);
});

test('a token is good once: after a resume the next one is shown', async () => {
  const { gateway, pass } = await begun();
  for (const token of ['t1', 't2', 't3']) {
    gateway.drops();
    pass(30_000);
    FakeSocket.last.opens();
    assert.equal(FakeSocket.last.said('start')[0].resume, token);
    gateway.socket = FakeSocket.last;
    gateway.read = 0;
    gateway.reads();
    assert.deepEqual([...gateway.session.open].length, 1, 'the ping has spent the old one');
  }
  assert.equal(gateway.refusals, 0);
});

test('a ready that was lost on the way costs nothing: the old token is tried again', async () => {
  const { client, speaker, gateway, pass, told } = await begun();
  gateway.says({ type: 'turn_started', turn: 1 });
  gateway.sends(packet(1), true);
  gateway.drops();
  pass(100);
  const socket = FakeSocket.last;
  socket.onmessage = () => {}; // deaf: the gateway answers, and nothing arrives
  gateway.accepts();
  socket.drops();
  assert.equal(client.state, 'reconnecting');
  pass(1000);
  gateway.accepts();
  assert.equal(gateway.refusals, 0);
  assert.deepEqual(told('reconnected'), [{ by: 'page', resumed: true }]);
  assert.equal(speaker.heard.length, 480);
});

test('after the time of grace no token is shown, and the reply is silenced', async () => {
  const { client, speaker, gateway, pass, told } = await begun();
  gateway.says({ type: 'turn_started', turn: 1 });
  gateway.sends(packet(1));
  gateway.drops();
  for (let second = 0; told('reconnecting').at(-1).resumable; second++) {
    assert.ok(second < 60);
    pass(1000);
    if (FakeSocket.last.readyState === 0) FakeSocket.last.drops();
  }
  assert.equal(client.state, 'reconnecting');
  assert.deepEqual(speaker.log.at(-1), ['flush', Number.MAX_SAFE_INTEGER]);
  while (FakeSocket.last.readyState !== 0) pass(1000);
  FakeSocket.last.opens();
  assert.equal(FakeSocket.last.sent[0].resume, undefined);
});

test('after a bye there is nothing to come back to', async () => {
  const { gateway, pass } = await begun();
  gateway.says({ type: 'bye', reason: 'draining' });
  gateway.socket.drops(1001);
  pass(30_000);
  FakeSocket.last.opens();
  assert.equal(FakeSocket.last.sent[0].resume, undefined);
});

test('counts travel with pings and playback, and only where they are wanted', async () => {
  const { speaker, gateway, pass } = await begun();
  gateway.says({ type: 'turn_started', turn: 1 });
  gateway.sends(packet(1));
  speaker.onReport({ session: 1, cause: 'silent', played: 480, heard: 480 });
  assert.deepEqual(FakeSocket.last.said('playback'), [
    { type: 'playback', samples: 480, received: 2 },
  ]);
  FakeSocket.last.says({ type: 'pong', id: 1 });
  pass(500);
  assert.deepEqual(FakeSocket.last.said('ping').at(-1), { type: 'ping', id: 2, received: 2 });
  const plain = page();
  plain.client.start();
  FakeSocket.last.ready();
  assert.deepEqual(FakeSocket.last.said('ping'), [{ type: 'ping', id: 1 }]);
});

test('what was heard while away is told on return', async () => {
  const { speaker, gateway, returns } = await begun();
  gateway.says({ type: 'turn_started', turn: 1 });
  gateway.sends(packet(1));
  gateway.drops();
  speaker.onReport({ session: 1, cause: 'silent', played: 480, heard: 480 });
  returns();
  assert.deepEqual(
    FakeSocket.last.said('playback').map(({ samples }) => samples),
    [480],
  );
});

test('speech that did not fit the memory is counted and said', async () => {
  const { client, microphone, gateway, told, returns } = await begun();
  gateway.drops();
  for (let count = 0; count < 300; count++) microphone.speak(packet(count, 320), 0.1);
  returns();
  assert.deepEqual(told('reconnected'), [{ by: 'page', resumed: true, dropped_ms: 1000 }]);
  assert.equal(client.packetsDropped, 50);
});

test('the token is not told to the page', async () => {
  const { told } = await begun();
  assert.equal(told('ready').length, 1);
  assert.ok(!JSON.stringify(told('ready')).includes('t1'));
});

test('stop while away ends it, and nothing tries again', async () => {
  const { client, gateway, timers } = await begun();
  gateway.drops();
  await client.stop();
  assert.equal(client.state, 'closed');
  assert.deepEqual(timers(), []);
});

/** Numbers from a seed, 0..1: the same run each time. */
function randomOf(/** @type {number} */ seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('wherever the connection breaks, both sides have everything once', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomOf(seed);
    const { microphone, speaker, gateway, pass, client } = await begun({}, 1e9);
    gateway.says({ type: 'turn_started', turn: 1 });
    let [up, down, failures] = [0, 0, 0];
    for (let step = 0; step < 120; step++) {
      const dice = random();
      if (dice < 0.4) microphone.speak(packet(++up, 320), 0.1);
      else if (dice < 0.8) gateway.sends(packet(++down, 4), !gateway.attached);
      else if (dice < 0.9 && gateway.attached) gateway.reads(Math.floor(4 * random()));
      else if (gateway.attached) {
        for (let lost = Math.floor(3 * random()); lost > 0; lost--)
          gateway.sends(packet(++down, 4), true); // under way when it breaks
        gateway.drops();
      } else {
        while (FakeSocket.last.readyState !== 0) pass(100);
        const fate = failures < 5 ? random() : 1; // the client gives up after eight in a row
        failures = fate < 0.5 ? failures + 1 : 0;
        if (fate < 0.3) FakeSocket.last.drops();
        else if (fate < 0.5) {
          FakeSocket.last.onmessage = () => {}; // the answer is lost on the way
          gateway.accepts();
          gateway.drops();
        } else {
          gateway.accepts();
          pass(11_000); // a session that lived this long makes the next loss a first one
        }
      }
      assert.notEqual(client.state, 'failed', `seed ${seed}`);
    }
    while (FakeSocket.last.readyState > 1) pass(100);
    if (!gateway.attached) gateway.accepts();
    gateway.reads();
    const said = gateway.session.heard.map((data) => new Int16Array(data)[0]);
    const heard = speaker.heard.filter((_, index) => index % 4 === 0);
    const numbers = (/** @type {number} */ count) =>
      Array.from({ length: count }, (_, i) => i + 1);
    assert.equal(gateway.refusals, 0, `seed ${seed}`);
    assert.deepEqual(heard, numbers(down), `seed ${seed}`);
    assert.deepEqual(said, numbers(up), `seed ${seed}`);
  }
});
