// Short-lived tokens: asked for over HTTP, good on both of the gateway's wires, one test per row of
// README.md and what goes beyond the rows. The model is scripted, the gateway is real.

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient, PATH, SETUP } from '../lib/live_client.mjs';
import { serve } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';
import { subprotocols } from '../../web/lib/protocol.js';

const KEY = 'test-key-9f2c';
const ALICE = 'alice-token-7c1e';
const ADMIN = 'admin-token-b8d3';
const CONSTRAINED = `${PATH}Constrained`;

let model;
let gateway;
before(async () => {
  model = await startFakeModel();
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-test-')), 'gate.toml');
  writeFileSync(file, `[auth]\ntokens = { alice = "${ALICE}" }\nadmin_token = "${ADMIN}"\n`);
  const args = ['--upstream', model.url, '--vad', 'energy', '--config', file];
  gateway = await serve('conformance-tokens', args, { GEMINI_API_KEY: KEY });
});
after(async () => {
  assert.equal(await gateway.stop(), 0);
  model.close();
});

/** The gateway's answer to a request for a token: its status and JSON. */
async function ask(body, { where = '/v1/tokens', key = ALICE, method = 'POST' } = {}) {
  const response = await fetch(`${gateway.http}${where}`, {
    method,
    headers: { 'x-goog-api-key': key, 'content-type': 'application/json' },
    body: method === 'POST' ? JSON.stringify(body) : undefined,
  });
  return { status: response.status, ...(await response.json()) };
}
async function mint(body = {}, options = {}) {
  const { status, name } = await ask(body, options);
  assert.equal(status, 200);
  return name;
}
const withToken = (token) => ({ path: `${CONSTRAINED}?access_token=${token}` });
const soon = (ms) => new Date(Date.now() + ms).toISOString();

test('row 46: a token is taken raw, escaped and in the header, on both wires', async () => {
  const token = await mint({ uses: 0 });
  assert.match(token, /^auth_tokens\/[0-9a-f]{64}$/);
  for (const options of [
    withToken(token),
    withToken(token.replace('/', '%2F')),
    { path: CONSTRAINED, headers: { authorization: `Token ${token}` } },
  ]) {
    const client = new LiveClient(gateway.port, options);
    await client.start();
    client.close();
  }
  const escaped = token.replace('/', '%2F');
  for (const options of [
    { headers: { authorization: `Bearer ${token}` } },
    { headers: { authorization: `Bearer ${escaped}` } },
    { protocols: subprotocols(token) }, // as the client library has it
    { protocols: subprotocols(escaped) },
    { protocols: subprotocols(escaped.toLowerCase()) },
  ]) {
    const native = new NativeClient(gateway.native, options);
    await native.start();
    native.close();
  }
});

test('a token that nobody handed out is refused', async () => {
  const client = new LiveClient(gateway.port, withToken(`auth_tokens/${'0'.repeat(64)}`));
  const { code, reason } = await client.isClosed();
  assert.deepEqual([code, reason], [1007, 'API key not valid. Please pass a valid API key.']);
});

test('a token begins as many sessions as it says', async () => {
  const token = await mint();
  const first = new LiveClient(gateway.port, withToken(token));
  await first.start();
  const second = new LiveClient(gateway.port, withToken(token));
  await second.send(SETUP);
  const { code, reason } = await second.isClosed();
  assert.deepEqual([code, reason], [1011, 'Token has been used too many times']);
  assert.equal(first.closed, null);
  first.close();
});

test('row 48: who goes on with a session uses none of its token up', async () => {
  const token = await mint({ uses: 2 });
  const first = new LiveClient(gateway.port, withToken(token));
  await first.start({ setup: { ...SETUP.setup, sessionResumption: {} } });
  model.connections
    .at(-1)
    .say({ sessionResumptionUpdate: { newHandle: 'model-h', resumable: true } });
  const handed = await first.message((m) => m.sessionResumptionUpdate?.newHandle, 'a handle');
  const handle = handed.sessionResumptionUpdate.newHandle;
  first.socket.terminate();
  const again = new LiveClient(gateway.port, withToken(token));
  await again.start({ setup: { ...SETUP.setup, sessionResumption: { handle } } });
  const second = new LiveClient(gateway.port, withToken(token));
  await second.start();
  const third = new LiveClient(gateway.port, withToken(token));
  await third.send(SETUP);
  assert.equal((await third.isClosed()).reason, 'Token has been used too many times');
  again.close();
  second.close();
});

test('a token ends its session when it expires, and lets nobody in afterwards', async () => {
  const token = await mint({ expireTime: soon(1000) });
  const client = new LiveClient(gateway.port, withToken(token));
  await client.start();
  const { code, reason } = await client.isClosed();
  assert.deepEqual([code, reason], [1011, 'auth token has expired']);
  const late = new LiveClient(gateway.port, withToken(token));
  const closed = await late.isClosed();
  assert.deepEqual([closed.code, closed.reason], [1011, 'Token has expired']);
});

test('row 50: the pinned model is used whatever the client asks for', async () => {
  const token = await mint({
    uses: 0,
    bidiGenerateContentSetup: { model: 'models/gemini-3.8-live' },
    fieldMask: 'model',
  });
  const client = new LiveClient(gateway.port, withToken(token));
  await client.start({
    setup: { model: 'models/other', generationConfig: { temperature: 0.5 } },
  });
  const { setup } = model.connections.at(-1);
  assert.equal(setup.model, 'models/gemini-3.8-live');
  assert.equal(setup.generationConfig.temperature, 0.5);
  client.close();
  const bound = new NativeClient(gateway.native, { headers: { authorization: `Bearer ${token}` } });
  await bound.start({ model: 'other', voice: 'Kore' });
  assert.equal(model.connections.at(-1).setup.model, 'models/gemini-3.8-live');
  bound.close();
});

test('without a mask the token replaces the setup, and an update cannot undo it', async () => {
  const token = await mint({
    bidiGenerateContentSetup: {
      model: 'models/gemini-3.8-live',
      systemInstruction: { parts: [{ text: 'Ours.' }] },
    },
  });
  const client = new LiveClient(gateway.port, withToken(token));
  await client.start({
    setup: { ...SETUP.setup, systemInstruction: { parts: [{ text: 'Theirs.' }] } },
  });
  const connection = model.connections.at(-1);
  assert.equal(connection.setup.systemInstruction.parts[0].text, 'Ours.');
  await client.send({ contextUpdate: { systemInstruction: { parts: [{ text: 'Theirs.' }] } } });
  await client.send({ realtimeInput: { text: 'hello' } });
  await client.message((m) => m.serverContent?.turnComplete, 'the reply');
  assert.ok(!JSON.stringify(connection.messages).includes('Theirs.'));
  client.close();
});

test('tokens are for users and the admin, not for the holders of tokens', async () => {
  assert.equal((await ask({}, { key: KEY })).status, 401);
  const token = await mint({ uses: 0 });
  assert.equal((await ask({}, { key: token })).status, 401);
  const forBob = await mint({}, { key: ADMIN, where: '/v1/tokens?user=bob' });
  const client = new LiveClient(gateway.port, withToken(forBob));
  await client.start();
  client.close();
  const admin = new LiveClient(gateway.port, { key: ADMIN });
  assert.equal((await admin.isClosed()).code, 1007, 'the admin token talks to nobody');
});

test('a request that makes no sense is refused by name', async () => {
  const refusals = [
    [{ liveConnectConstraints: {} }, /Unknown name "liveConnectConstraints"/],
    [{ expireTime: 'tomorrow' }, /expire_time.*RFC 3339/],
    [{ expireTime: soon(21 * 3600_000) }, /expire_time is too far in the future.*20h/],
    [{ uses: -1 }, /uses.*0 \(any number\) or more/],
    [{ fieldMask: 'model' }, /bidi_generate_content_setup is pinned; it is missing/],
    [{ bidiGenerateContentSetup: { foo: 1 } }, /Unknown name "foo"/],
  ];
  for (const [body, sentence] of refusals) {
    const { status, error } = await ask(body, { where: '/v1beta/auth_tokens' });
    assert.equal(status, 400);
    assert.match(error.message, sentence);
  }
  const { status, error } = await ask({}, { method: 'GET' });
  assert.equal(status, 405);
  assert.match(error.message, /POST/);
});
