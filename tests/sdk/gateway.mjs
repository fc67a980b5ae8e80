// The gateway as apps in earnest meet it: by TLS, over a road that can break.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { serve, startLivegate, within } from '../lib/livegate.mjs';
import { makeCertificate } from './certificate.mjs';
import { startRelay } from './relay.mjs';

export const KEY = 'test-key-for-the-sdk-41d8';
const ASK_EVERY_MS = 50;

/**
 * @param {string} name of its log file
 * @param {string} [profile] whose habits the model's side has
 */
export async function startGateway(name, profile) {
  const standIn = profile && (await startStandIn(`${name}-stand-in`, profile));
  const folder = mkdtempSync(path.join(tmpdir(), 'livegate-sdk-'));
  const trust = makeCertificate(folder);
  const file = path.join(folder, 'gate.toml');
  // On a busy machine the assistant may take seconds to recognise a sentence: it is not stalled.
  writeFileSync(
    file,
    `[server]\ntls_cert_file = "${trust.certificate}"\ntls_key_file = "${trust.key}"\n` +
      `[stall]\nenabled = false\n`,
  );
  const upstream = standIn ? `ws://127.0.0.1:${standIn.port}` : 'offline';
  const options = ['--config', file, '--upstream', upstream];
  const server = await serve(name, options, { GEMINI_API_KEY: KEY });
  const road = await startRelay(server.port);
  const ca = readFileSync(trust.certificate);

  /** What /metrics says of `metric`, labels and all. */
  const count = async (metric) => {
    const page = await get(`https://localhost:${server.port}/metrics`, ca);
    const line = page.split('\n').find((each) => each.startsWith(`${metric} `));
    return Number(line?.split(' ')[1] ?? 0);
  };
  return {
    url: `https://localhost:${road.port}`,
    trust,
    cut: () => road.cut(),
    count,
    /** Asks until it is so. */
    untilCount: async (metric, value) => {
      const asked = async () => {
        while ((await count(metric)) !== value)
          await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      };
      await within(asked(), `${metric} to be ${value}`);
    },
    async stop() {
      road.close();
      const status = await server.stop();
      await standIn?.stop();
      return status;
    },
  };
}

function startStandIn(name, profile) {
  return startLivegate(name, ['offline', '--listen', '127.0.0.1:0', '--profile', profile]);
}

function get(url, ca) {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { ca, agent: false }, async (response) => {
      resolve(Buffer.concat(await response.toArray()).toString());
    });
    request.on('error', reject);
  });
}
