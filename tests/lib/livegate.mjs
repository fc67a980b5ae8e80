// The program under test, as tests start it: on a free port, its log among all logs of the run.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

// Node packages stand in tests/node, pinned there for all suites.
export const require = createRequire(new URL('../node/package.json', import.meta.url));

export const BIN = process.env.LIVEGATE_BIN ?? 'build/dev/livegate';
const LOGS = process.env.LIVEGATE_TEST_LOGS ?? path.join(tmpdir(), 'livegate-test-logs');

/** Fails instead of hanging. The limit means "it hung", nothing else. */
export function within(promise, what, limitMs = 20000) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`still waiting for ${what} after ${limitMs} ms`)),
      limitMs,
    );
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/**
 * Starts `livegate ARGS`; resolves once it listens.
 * @param {string} name of the log file
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env added to the process's own
 */
export async function startLivegate(name, args, env = {}) {
  mkdirSync(LOGS, { recursive: true });
  const child = spawn(BIN, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.pipe(createWriteStream(path.join(LOGS, `${name}.log`), { flags: 'a' }));
  let log = '';
  const readers = new Set();
  child.stderr.on('data', (data) => {
    log += data;
    for (const look of readers) look();
  });
  const exited = once(child, 'exit').then(
    ([code]) => code,
    () => null,
  );
  const port = await within(
    new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const address = /listening on https?:\/\/[^ ]*:(\d+)/.exec(line);
        if (address) resolve(Number(address[1]));
      });
      child.once('error', reject);
      exited.then((code) =>
        reject(new Error(`livegate ${args.join(' ')} ended with ${code}; see ${name}.log`)),
      );
    }),
    'livegate to listen',
  );
  return {
    port,
    exited,
    pid: child.pid,
    http: `http://127.0.0.1:${port}`,
    native: `ws://127.0.0.1:${port}/v1/live`,
    /** Resolves with the first line of its log that fits. */
    logged(pattern) {
      const found = new Promise((resolve) => {
        const look = () => {
          const line = log.split('\n').find((each) => pattern.test(each));
          if (line === undefined) return;
          readers.delete(look);
          resolve(line);
        };
        readers.add(look);
        look();
      });
      return within(found, `a line of ${name}.log that fits ${pattern}`);
    },
    /** Asks it to end, as Ctrl-C does: turns end first, a load balancer is not waited for. */
    async stop(signal = 'SIGINT') {
      child.kill(signal);
      return within(exited, 'livegate to end');
    },
  };
}

/** Runs `livegate ARGS` to its end. */
export async function runLivegate(args, env = {}, limitMs = undefined) {
  const child = spawn(BIN, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const [code] = await within(once(child, 'close'), `livegate ${args.join(' ')}`, limitMs);
  return { code, stdout, stderr };
}

export function serve(name, extra = [], env = {}) {
  return startLivegate(name, ['serve', '--listen', '127.0.0.1:0', ...extra], env);
}

/** What /metrics says of `name`, labels and all. */
export async function metric({ http }, name) {
  const text = await (await fetch(`${http}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

/** Asks until it is so. */
export async function untilMetric(gateway, name, value) {
  const deadline = Date.now() + 20000;
  let now = await metric(gateway, name);
  while (now !== value) {
    if (Date.now() > deadline) throw new Error(`${name} is ${now}, not ${value}`);
    now = await metric(gateway, name);
  }
}
