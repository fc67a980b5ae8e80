// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ResumeLedger } from '../lib/resume_ledger.js';

const OFFER = { token: 't1', grace_ms: 30_000 };
const packet = (bytes = 640) => new ArrayBuffer(bytes);

function offered() {
  const ledger = new ResumeLedger();
  ledger.begin();
  ledger.offer(OFFER);
  return ledger;
}

test('without an offer there is no way back, and nothing is kept', () => {
  const ledger = new ResumeLedger();
  ledger.begin();
  ledger.offer(undefined);
  ledger.keep('a');
  ledger.lost(0);
  assert.equal(ledger.offered, false);
  assert.equal(ledger.waiting, false);
  assert.equal(ledger.token(0), '');
  assert.deepEqual(ledger.resumed(0), { again: [], lost: 0 });
});

test('an offer that makes no sense is none', () => {
  for (const offer of [{ token: 7, grace_ms: 1 }, { token: 'x' }, { token: 'x', grace_ms: -1 }]) {
    const ledger = new ResumeLedger();
    ledger.begin();
    ledger.offer(offer);
    assert.equal(ledger.offered, false);
  }
});

test('the token is to be shown only after a loss, and only while the gateway waits', () => {
  const ledger = offered();
  assert.equal(ledger.token(5), '');
  ledger.lost(1000);
  ledger.lost(20_000); // a try that failed does not begin the time anew
  assert.equal(ledger.token(31_000), 't1');
  assert.equal(ledger.token(31_001), '');
});

test('what the gateway has not received is sent again, in order, and nothing else', () => {
  const ledger = offered();
  const [one, two] = [packet(), packet()];
  for (const data of ['a', one, 'b', two]) ledger.keep(data);
  ledger.lost(0);
  assert.deepEqual(ledger.resumed(2), { again: ['b', two], lost: 0 });
  assert.equal(ledger.sent, 4);
});

test('the numbers are those of the gateway: what was not worth repeating leaves no hole', () => {
  const ledger = offered();
  ledger.keep('a'); // 1
  ledger.keep(null); // 2: a picture
  ledger.keep('b'); // 3
  ledger.keep('c'); // 4
  ledger.lost(0);
  assert.deepEqual(ledger.resumed(1), { again: ['b', 'c'], lost: 0 }); // now 2 and 3
  ledger.offer({ token: 't2', grace_ms: 30_000 });
  assert.equal(ledger.sent, 3);
  ledger.keep('d'); // 4
  ledger.lost(0);
  assert.deepEqual(ledger.resumed(2), { again: ['c', 'd'], lost: 0 });
});

test('a gateway that has everything gets nothing twice', () => {
  const ledger = offered();
  ledger.keep('a');
  ledger.lost(0);
  assert.deepEqual(ledger.resumed(1), { again: [], lost: 0 });
  assert.deepEqual(ledger.resumed(9), { again: [], lost: 0 });
});

test('while connected five seconds of speech are kept, and none of it counts as lost', () => {
  const ledger = offered();
  for (let count = 0; count < 1000; count++) ledger.keep(packet());
  ledger.lost(0);
  const { again, lost } = ledger.resumed(990);
  assert.equal(again.length, 10);
  assert.equal(lost, 0);
});

test('while away the oldest speech gives way, is counted, and every other message stays', () => {
  const ledger = offered();
  ledger.lost(0);
  ledger.keep('first');
  for (let count = 0; count < 260; count++) ledger.keep(packet());
  ledger.keep('last');
  const { again, lost } = ledger.resumed(0);
  assert.equal(lost, 10);
  assert.equal(again.length, 252);
  assert.equal(again[0], 'first');
  assert.equal(again.at(-1), 'last');
});

test('of the other messages the last 32 are kept', () => {
  const ledger = offered();
  ledger.lost(0);
  for (let count = 1; count <= 40; count++) ledger.keep(`m${count}`);
  const { again, lost } = ledger.resumed(0);
  assert.equal(again[0], 'm9');
  assert.equal(again.length, 32);
  assert.equal(lost, 8);
});

test('a loss that lasts is bounded all the same', () => {
  const ledger = offered();
  ledger.lost(0);
  for (let count = 0; count < 20_000; count++) ledger.keep(packet());
  const { again, lost } = ledger.resumed(0);
  assert.equal(again.length, 250);
  assert.equal(again.length + lost, 4096);
});

test('a new session has nothing of the old one', () => {
  const ledger = offered();
  ledger.keep('a');
  ledger.arrived();
  ledger.lost(0);
  ledger.begin();
  assert.equal(ledger.received, 0);
  assert.equal(ledger.token(1), '');
  assert.deepEqual(ledger.resumed(0), { again: [], lost: 0 });
});
