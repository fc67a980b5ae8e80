// One voice app on somebody else's library, unmodified, through the drop-in endpoint:
//
//   node peer.mjs CLIENT        a name of clients.mjs
//
// Exit status 77: it could not be installed, since its registry is out of reach or its tool chain
// is missing; the output says which. All that the app is told of Livegate is its address, by the
// environment.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';

import { App } from './app.mjs';
import { CLIENTS } from './clients.mjs';
import { KEY, startGateway } from './gateway.mjs';
import { story } from './story.mjs';

const SKIPPED = 77;

const name = process.argv[2];
const client = CLIENTS[name];
if (!client) throw new Error(`no such client; there are ${Object.keys(CLIENTS).join(', ')}`);

const install = fileURLToPath(new URL('install', import.meta.url));
const { status } = spawnSync(install, [name], { stdio: 'inherit' });
if (status !== 0) process.exit(status === SKIPPED ? SKIPPED : 1);

let gateway;
let app;

before(async () => {
  gateway = await startGateway(`sdk-${name}`, client.profile);
  const { certificate, trustStore } = gateway.trust;
  app = new App(name, {
    command: client.command,
    env: {
      GEMINI_API_KEY: KEY,
      GOOGLE_GEMINI_BASE_URL: gateway.url,
      // Whom to trust: Python and Go, Node, Java.
      SSL_CERT_FILE: certificate,
      NODE_EXTRA_CA_CERTS: certificate,
      JAVA_TOOL_OPTIONS: client.command[0] === 'java' ? trustStore() : undefined,
    },
  });
});
after(async () => {
  await app?.end();
  if (gateway) assert.equal(await gateway.stop(), 0);
});

describe(name, () => {
  story(
    () => app,
    () => gateway,
    client,
  );
});
