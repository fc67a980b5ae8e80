import { test } from 'node:test';
import assert from 'node:assert/strict';
import pRetry, { AbortError } from '../page/p_retry.js';

/** Fails `times` times, then answers how often it was called. */
function failing(times, error = () => new Error('not yet')) {
  let calls = 0;
  return async () => {
    if (++calls <= times) throw error();
    return calls;
  };
}
const AT_ONCE = { minTimeout: 0 };

test('a call that fails is tried again until it succeeds', async () => {
  assert.equal(await pRetry(failing(2), { ...AT_ONCE, retries: 2 }), 3);
});

test('after the last retry its error is passed on', async () => {
  const tries = [];
  const onFailedAttempt = ({ attemptNumber, retriesLeft }) =>
    tries.push([attemptNumber, retriesLeft]);
  await assert.rejects(pRetry(failing(9), { ...AT_ONCE, retries: 2, onFailedAttempt }), /not yet/);
  assert.deepEqual(tries, [
    [1, 2],
    [2, 1],
    [3, 0],
  ]);
});

test('an AbortError and what onFailedAttempt throws end the trying', async () => {
  await assert.rejects(
    pRetry(
      failing(9, () => new AbortError('no')),
      AT_ONCE,
    ),
    AbortError,
  );
  const onFailedAttempt = () => {
    throw new Error('given up');
  };
  await assert.rejects(pRetry(failing(9), { ...AT_ONCE, onFailedAttempt }), /given up/);
});

test('each wait is longer than the one before, up to its cap', async (t) => {
  const waits = [];
  t.mock.method(globalThis, 'setTimeout', (resolve, ms) => {
    waits.push(ms);
    queueMicrotask(resolve);
  });
  await pRetry(failing(4), { retries: 4, minTimeout: 100, factor: 3, maxTimeout: 500 });
  assert.deepEqual(waits, [100, 300, 500, 500]);
});
