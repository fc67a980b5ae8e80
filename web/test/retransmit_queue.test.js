// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { RetransmitQueue } from '../lib/retransmit_queue.js';

const OFFER = { token: 't1', grace_ms: 30_000 };
const packet = (bytes = 640) => new ArrayBuffer(bytes);

function offered() {
  const queue = new RetransmitQueue();
  queue.begin();
  queue.offer(OFFER);
  return queue;
}

test('without an offer there is no way back, and nothing is kept', () => {
  const queue = new RetransmitQueue();
  queue.begin();
  queue.offer(undefined);
  queue.keep('a');
  queue.lost(0);
  assert.equal(queue.offered, false);
  assert.equal(queue.waiting, false);
  assert.equal(queue.token(0), '');
  assert.deepEqual(queue.resumed(0), { again: [], lost: 0 });
});

test('an offer that makes no sense is none', () => {
  for (const offer of [{ token: 7, grace_ms: 1 }, { token: 'x' }, { token: 'x', grace_ms: -1 }]) {
    const queue = new RetransmitQueue();
    queue.begin();
    queue.offer(offer);
    assert.equal(queue.offered, false);
  }
});

test('the token is to be shown only after a loss, and only while the gateway waits', () => {
  const queue = offered();
  assert.equal(queue.token(5), '');
  queue.lost(1000);
  queue.lost(20_000); // a try that failed does not begin the time anew
  assert.equal(queue.token(31_000), 't1');
  assert.equal(queue.token(31_001), '');
});

test('what the gateway has not received is sent again, in order, and nothing else', () => {
  const queue = offered();
  const [one, two] = [packet(), packet()];
  for (const data of ['a', one, 'b', two]) queue.keep(data);
  queue.lost(0);
  assert.deepEqual(queue.resumed(2), { again: ['b', two], lost: 0 });
  assert.equal(queue.sent, 4);
});

test('the numbers are those of the gateway: what was not worth repeating leaves no hole', () => {
  const queue = offered();
  queue.keep('a'); // 1
  queue.keep(null); // 2: a picture
  queue.keep('b'); // 3
  queue.keep('c'); // 4
  queue.lost(0);
  assert.deepEqual(queue.resumed(1), { again: ['b', 'c'], lost: 0 }); // now 2 and 3
  queue.offer({ token: 't2', grace_ms: 30_000 });
  assert.equal(queue.sent, 3);
  queue.keep('d'); // 4
  queue.lost(0);
  assert.deepEqual(queue.resumed(2), { again: ['c', 'd'], lost: 0 });
});

test('a gateway that has everything gets nothing twice', () => {
  const queue = offered();
  queue.keep('a');
  queue.lost(0);
  assert.deepEqual(queue.resumed(1), { again: [], lost: 0 });
  assert.deepEqual(queue.resumed(9), { again: [], lost: 0 });
});

test('while connected five seconds of speech are kept, and none of it counts as lost', () => {
  const queue = offered();
  for (let count = 0; count < 1000; count++) queue.keep(packet());
  queue.lost(0);
  const { again, lost } = queue.resumed(990);
  assert.equal(again.length, 10);
  assert.equal(lost, 0);
});

test('while away the oldest speech gives way, is counted, and every other message stays', () => {
  const queue = offered();
  queue.lost(0);
  queue.keep('first');
  for (let count = 0; count < 260; count++) queue.keep(packet());
  queue.keep('last');
  const { again, lost } = queue.resumed(0);
  assert.equal(lost, 10);
  assert.equal(again.length, 252);
  assert.equal(again[0], 'first');
  assert.equal(again.at(-1), 'last');
});

test('of the other messages the last 32 are kept', () => {
  const queue = offered();
  queue.lost(0);
  for (let count = 1; count <= 40; count++) queue.keep(`m${count}`);
  const { again, lost } = queue.resumed(0);
  assert.equal(again[0], 'm9');
  assert.equal(again.length, 32);
  assert.equal(lost, 8);
});

test('a loss that lasts is bounded all the same', () => {
  const queue = offered();
  queue.lost(0);
  for (let count = 0; count < 20_000; count++) queue.keep(packet());
  const { again, lost } = queue.resumed(0);
  assert.equal(again.length, 250);
  assert.equal(again.length + lost, 4096);
});

test('a new session has nothing of the old one', () => {
  const queue = offered();
  queue.keep('a');
  queue.arrived();
  queue.lost(0);
  queue.begin();
  assert.equal(queue.received, 0);
  assert.equal(queue.token(1), '');
  assert.deepEqual(queue.resumed(0), { again: [], lost: 0 });
});
