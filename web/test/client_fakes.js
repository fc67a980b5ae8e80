// @ts-check
// What a LivegateClient is tested against: sockets, devices and a clock in the test's hand.

import assert from 'node:assert/strict';
import { LivegateClient } from '../lib/livegate_client.js';

/** A gateway in the test's hand: every socket the client opened, and what it said on it. */
export class FakeSocket {
  /** @type {FakeSocket[]} */
  static all = [];
  static get last() {
    return FakeSocket.all[FakeSocket.all.length - 1];
  }
  /** @param {string} url @param {string[]} protocols */
  constructor(url, protocols) {
    Object.assign(this, { url, protocols, readyState: 0, bufferedAmount: 0, binaryType: 'blob' });
    /** @type {any[]} */
    this.sent = [];
    /** @type {any} */ (this).onopen = this.onmessage = this.onclose = () => {};
    FakeSocket.all.push(this);
  }
  /** @param {any} data */
  send(data) {
    assert.equal(this.readyState, 1, 'nothing is sent on a socket that is not open');
    this.sent.push(typeof data === 'string' ? JSON.parse(data) : data);
  }
  close(code = 1005) {
    if (this.readyState >= 2) return;
    this.drops(code);
  }
  // what the gateway does
  opens() {
    this.readyState = 1;
    this.onopen();
  }
  /** @param {object} event */
  says(event) {
    this.onmessage({ data: JSON.stringify(event) });
  }
  ready() {
    this.opens();
    this.says({ type: 'ready', session: 's', model: 'm', upstream: 'offline' });
  }
  /** @param {number} samples */
  plays(samples) {
    this.onmessage({ data: new ArrayBuffer(2 * samples) });
  }
  drops(code = 1006, reason = '') {
    this.readyState = 3;
    this.onclose({ code, reason });
  }
  /** @param {string} type */
  said(type) {
    return this.sent.filter((message) => message.type === type);
  }
}

export class FakeSpeaker {
  constructor() {
    /** @type {any[]} */
    this.log = [];
    this.onReport = (/** @type {any} */ _report) => {};
  }
  async open() {}
  reset(/** @type {number} */ session) {
    this.log.push(['reset', session]);
  }
  push(/** @type {number} */ turn, /** @type {ArrayBuffer} */ bytes) {
    this.log.push(['push', turn, bytes.byteLength]);
  }
  end(/** @type {number} */ turn) {
    this.log.push(['end', turn]);
  }
  flush(/** @type {number} */ turn) {
    this.log.push(['flush', turn]);
  }
  rest() {
    this.log.push(['rest']);
  }
}

export class FakeMicrophone {
  constructor(refusal = '') {
    this.refusal = refusal;
    this.opened = 0;
    this.closed = 0;
    this.speak = (
      /** @type {ArrayBuffer} */ _bytes,
      /** @type {number} */ _rms,
      /** @type {object} */ _info = {},
    ) => {};
    this.lose = () => {};
  }
  async open(/** @type {any} */ onPacket, /** @type {any} */ onLost) {
    if (this.refusal) throw Object.assign(new Error('no'), { code: this.refusal });
    this.opened++;
    this.speak = onPacket;
    this.lose = onLost;
    return true;
  }
  close() {
    this.closed++;
  }
}

/**
 * A client, its devices, and time that passes when the test says so.
 * @param {object} [options] of the client
 * @param {string[]} [more] events that are to be noted, too
 */
export function page(options = {}, more = []) {
  FakeSocket.all = [];
  let time = 0;
  /** @type {{at: number, action: () => void, id: number}[]} */
  let timers = [];
  const speaker = new FakeSpeaker();
  const microphone = new FakeMicrophone();
  let ids = 0;
  const client = new LivegateClient(
    /** @type {any} */ ({
      url: 'ws://gate/v1/live',
      WebSocket: FakeSocket,
      speaker,
      microphone,
      now: () => time,
      random: () => 1,
      later: (/** @type {() => void} */ action, /** @type {number} */ ms) => {
        timers.push({ at: time + ms, action, id: ++ids });
        return ids;
      },
      cancel: (/** @type {number} */ id) => {
        timers = timers.filter((timer) => timer.id !== id);
      },
      ...options,
    }),
  );
  /** @type {any[]} */
  const events = [];
  const names = [
    'state',
    'problem',
    'reconnecting',
    'reconnected',
    'tool_done',
    'microphone',
    'transcript',
    ...more,
  ];
  for (const name of names) {
    client.addEventListener(name, (event) =>
      events.push([name, /** @type {CustomEvent} */ (event).detail]),
    );
  }
  const states = () =>
    events.filter(([name]) => name === 'state').map(([, detail]) => detail.state);
  const problems = () =>
    events.filter(([name]) => name === 'problem').map(([, detail]) => detail.code);
  const pass = (/** @type {number} */ ms) => {
    for (const end = time + ms; ;) {
      const due = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) {
        time = end;
        return;
      }
      time = Math.max(time, due.at);
      timers = timers.filter((timer) => timer !== due);
      due.action();
    }
  };
  const told = (/** @type {string} */ wanted) =>
    events.filter(([name]) => name === wanted).map(([, detail]) => detail);
  const now = () => time;
  return {
    ...{ client, speaker, microphone, events, states, problems, told, pass, now },
    timers: () => timers,
  };
}

/** Lets every promise that can settle do so. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));
