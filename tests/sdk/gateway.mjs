// The gateway as apps in earnest meet it: by TLS, over a road that can break.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { serve, within } from '../lib/livegate.mjs';
import { makeCertificate } from './certificate.mjs';
import { startRelay } from './relay.mjs';

const ASK_EVERY_MS = 50;

/** @param {string} name of its log file */
export async function startGateway(name) {
  const folder = mkdtempSync(path.join(tmpdir(), 'livegate-sdk-'));
  const trust = makeCertificate(folder);
  const file = path.join(folder, 'gate.toml');
  // On a busy machine the assistant may take seconds to recognise a sentence: it is not stalled.
  writeFileSync(
    file,
    `[server]\ntls_cert_file = "${trust.certificate}"\ntls_key_file = "${trust.key}"\n` +
      `[stall]\nenabled = false\n`,
  );
  const server = await serve(name, ['--config', file, '--upstream', 'offline']);
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
      return server.stop();
    },
  };
}

function get(url, ca) {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { ca, agent: false }, async (response) => {
      resolve(Buffer.concat(await response.toArray()).toString());
    });
    request.on('error', reject);
  });
}
