// @ts-check
// What @google/genai asks of the package p-retry, which it imports by a bare name that no browser
// can resolve without a build step. scripts/drop_in_sdk.mjs points the SDK here. Decides when a
// failed call is tried again: only for the SDK's plain requests, a live session never comes by.

/**
 * @typedef {object} Options
 * @property {number} [retries] after the first try
 * @property {number} [factor]
 * @property {number} [minTimeout] ms before the first retry
 * @property {number} [maxTimeout] ms
 * @property {boolean} [randomize] waits once to twice as long
 * @property {(error: any) => unknown} [onFailedAttempt] what it throws ends the trying
 */

/** Thrown by a call that is not to be tried again. */
export class AbortError extends Error {
  name = 'AbortError';
}

/**
 * @template T
 * @param {(attempt: number) => Promise<T> | T} call
 * @param {Options} [options]
 * @returns {Promise<T>}
 */
export default async function pRetry(call, options = {}) {
  const { retries = 10, factor = 2, minTimeout = 1000, maxTimeout = Infinity } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(attempt);
    } catch (error) {
      if (error instanceof AbortError) throw error;
      const retriesLeft = retries - (attempt - 1);
      const told = Object.assign(/** @type {any} */ (error), {
        attemptNumber: attempt,
        retriesLeft,
      });
      await options.onFailedAttempt?.(told);
      if (retriesLeft <= 0) throw error;
    }
    const spread = options.randomize ? 1 + Math.random() : 1;
    const wait = Math.min(maxTimeout, spread * minTimeout * factor ** (attempt - 1));
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
