// What the Live API's wire promises of paths, credentials, frames and closes, row by row: a client
// that sends its own bytes, and `livegate offline` in the service's place.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { PATH } from '../lib/live_client.mjs';
import { require, within } from '../lib/livegate.mjs';
import { KEY, MODEL, OLDER, PROMPT, Talker, standIn } from './standin.mjs';

const WebSocket = require('ws');

let server;
let aged;
before(async () => {
  [server, aged] = await Promise.all([
    standIn('wire'),
    standIn('aged', [...PROMPT, '--connection-age', '3s', '--go-away-before', '2900ms']),
  ]);
});
after(async () => {
  assert.equal(await server.stop(), 0);
  assert.equal(await aged.stop(), 0);
});

const setup = (settings = {}) => ({ setup: { model: MODEL, ...settings } });

/** What a connection is closed with after these messages. */
async function closeAfter(messages, options = {}) {
  const client = new Talker(server, options);
  for (const message of messages) await client.send(message);
  return client.isClosed();
}

async function isServed(options) {
  const client = new Talker(server, options);
  await client.start(setup());
  await client.leaves();
}

async function createToken(body, headers = { 'x-goog-api-key': KEY }) {
  const response = await fetch(`${server.http}/v1alpha/auth_tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...(await response.json()) };
}
const constrained = (token) => ({
  path: `${PATH}Constrained?access_token=${token}`,
  key: undefined,
});
const inSeconds = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();

describe('the wire of the stand-in', { concurrency: true }, () => {
  it('row 01: after the upgrade nothing is said until the setup', async () => {
    const client = new Talker(server);
    await client.isOpen();
    client.socket.ping(); // its pong is behind whatever the server might have said
    await client.until(() => client.pongs === 1, 'the pong');
    assert.deepEqual(client.messages, []);
    await client.start(setup());
    await client.leaves();
  });

  it('row 02: doubled slashes, prefixes and all versions are one path', async () => {
    const paths = ['v1', 'v1alpha'].map((version) => PATH.replace('v1beta', version));
    for (const each of [`/${PATH}`, `/prefix${PATH}`, ...paths]) await isServed({ path: each });
  });

  it('row 03: the key may come in a header', async () => {
    await isServed({ key: undefined, headers: { 'x-goog-api-key': KEY } });
  });

  it('row 04: an unknown path is a 404 and no upgrade', async () => {
    for (const unknown of ['/', '/ws/', `${PATH}s`, PATH.replace('v1beta', 'v2')]) {
      const client = new Talker(server, { path: unknown });
      assert.deepEqual(await client.isClosed(), { status: 404 }, unknown);
    }
  });

  it('row 05: a bad key is closed 1007 after the setup', async () => {
    const closed = await closeAfter([setup()], { key: 'no-key-of-this-server' });
    assert.equal(closed.code, 1007);
    assert.equal(closed.reason, 'API key not valid. Please pass a valid API key.');
  });

  it('row 06: no key is closed 1008', async () => {
    const closed = await closeAfter([setup()], { key: undefined });
    assert.equal(closed.code, 1008);
    assert.equal(
      closed.reason,
      "Method doesn't allow unregistered callers (callers without established identity). " +
        'Please use API Key or other form of API c',
    );
  });

  it('row 07: setupComplete is one binary frame of 26 bytes', async () => {
    const client = await Talker.with(server);
    assert.deepEqual(client.frames[0], {
      binary: true,
      bytes: 26,
      text: '{\n  "setupComplete": {}\n}\n',
    });
    await client.leaves();
  });

  it('row 08: on the Vertex path the session has an id, and audio no rate', async () => {
    const client = new Talker(server, {
      path: '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
      key: undefined,
      headers: { authorization: `Bearer ${KEY}` },
    });
    const model = 'projects/p/locations/l/publishers/google/models/gemini-3.8-live';
    const { setupComplete } = await client.start({ setup: { model } });
    assert.match(setupComplete.sessionId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    await client.types('hello');
    const { serverContent } = await client.message((m) => m.serverContent?.modelTurn, 'audio');
    assert.equal(serverContent.modelTurn.role, 'model');
    assert.equal(serverContent.modelTurn.parts[0].inlineData.mimeType, 'audio/pcm');
    const { usageMetadata } = await client.turnIsOver();
    assert.ok(usageMetadata.candidatesTokenCount > 0);
    await client.leaves();
  });

  it('row 09: another message before the setup is closed 1007', async () => {
    const closed = await closeAfter([{ realtimeInput: { text: 'hello' } }]);
    assert.equal(closed.code, 1007);
    assert.equal(closed.reason, 'setup must be the first message and only the first');
  });

  it('row 10: a second setup is closed 1007', async () => {
    const closed = await closeAfter([setup(), setup()]);
    assert.equal(closed.code, 1007);
    assert.equal(closed.reason, 'setup must be the first message and only the first');
  });

  it('row 11: snake_case in the setup means the same', async () => {
    const client = new Talker(server);
    await client.start({
      setup: {
        model: MODEL,
        generation_config: { response_modalities: ['AUDIO'] },
        output_audio_transcription: {},
      },
    });
    await client.types('hello');
    await client.turnIsOver();
    assert.notEqual(client.transcript('outputTranscription'), '');
    await client.leaves();
    const closed = await closeAfter([
      { setup: { model: MODEL, generation_config: { response_modalities: ['TEXT'] } } },
    ]);
    assert.equal(closed.code, 1007);
  });

  it("row 12: Python's envelope and alphabet carry the same sound", async () => {
    const pcm = Buffer.alloc(640);
    for (let i = 0; i < pcm.length; i += 2) pcm.writeInt16LE(((i * 7919) % 60000) - 30000, i);
    assert.match(pcm.toString('base64'), /[+/]/);
    const conversations = [];
    for (const [envelope, alphabet] of [
      ['realtimeInput', 'base64'],
      ['realtime_input', 'base64url'],
    ]) {
      const client = await Talker.with(server);
      const data = pcm.toString(alphabet);
      await client.send({ [envelope]: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } });
      client.socket.ping();
      await client.until(() => client.pongs === 1, 'the pong');
      await client.leaves();
      const { conversations: all } = await (await fetch(`${server.http}/stats`)).json();
      conversations.push(all.filter((each) => each.audio_samples === 320));
    }
    assert.equal(conversations[1].length, 2);
    assert.equal(conversations[1][0].audio_hash, conversations[1][1].audio_hash);
  });

  it('row 13: an unknown field of the setup is named', async () => {
    const closed = await closeAfter([setup({ foo: 1 })]);
    assert.equal(closed.code, 1007);
    assert.equal(
      closed.reason,
      `Invalid JSON payload received. Unknown name "foo" at 'setup': Cannot find field.`,
    );
  });

  it('row 14: what is no JSON is closed 1007', async () => {
    for (const text of ['hello', '{"setup":', '[]']) {
      const closed = await closeAfter([text]);
      assert.equal(closed.code, 1007, text);
      assert.match(closed.reason, /^Invalid JSON payload received\./, text);
    }
  });

  it('row 15: two members of the union are one too many', async () => {
    const closed = await closeAfter([{ ...setup(), realtimeInput: { text: 'hello' } }]);
    assert.equal(closed.code, 1007);
  });

  it('row 16: an unknown model is closed 1008', async () => {
    const closed = await closeAfter([{ setup: { model: 'models/nobody-1' } }]);
    assert.equal(closed.code, 1008);
    assert.ok(
      closed.reason.startsWith('models/nobody-1 is not found for API version v1beta, or is not '),
      closed.reason,
    );
  });

  it('row 17: TEXT is refused by each generation in its own words', async () => {
    const generationConfig = { responseModalities: ['TEXT'] };
    const newer = await closeAfter([setup({ generationConfig })]);
    assert.equal(newer.code, 1007);
    assert.equal(
      newer.reason,
      'The requested combination of response modalities (TEXT) is not supported by the model',
    );
    const older = await closeAfter([{ setup: { model: OLDER, generationConfig } }]);
    assert.equal(older.reason, 'Cannot extract voices from a non-audio request');
  });

  it('row 18: a binary frame is as good as text', async () => {
    const client = new Talker(server);
    await client.send(Buffer.from(JSON.stringify(setup())), { binary: true });
    await client.message((m) => m.setupComplete, 'setupComplete');
    await client.leaves();
  });

  it('row 26: activityStart with detection on is closed 1007', async () => {
    const closed = await closeAfter([setup(), { realtimeInput: { activityStart: {} } }]);
    assert.equal(closed.code, 1007);
    assert.equal(
      closed.reason,
      'Explicit activity control is not supported when automatic activity detection is enabled.',
    );
  });

  it('row 33: a toolResponse without an id is closed 1007', async () => {
    const closed = await closeAfter([
      setup(),
      { toolResponse: { functionResponses: [{ name: 'set_light', response: {} }] } },
    ]);
    assert.equal(closed.code, 1007);
  });

  it('row 41: a resume while the old socket is open is closed 1011', async () => {
    const old = await Talker.with(server, { sessionResumption: {} });
    await old.until(() => old.handle(), 'a handle');
    const closed = await closeAfter([setup({ sessionResumption: { handle: old.handle() } })]);
    assert.equal(closed.code, 1011);
    await old.leaves();
  });

  it('row 42: an unknown handle is closed 1007', async () => {
    const closed = await closeAfter([setup({ sessionResumption: { handle: 'never-given-out' } })]);
    assert.equal(closed.code, 1007);
  });

  it('row 43: an old connection says goAway, and ends if that is ignored', async () => {
    const client = await Talker.with(aged);
    const { goAway } = await client.message((m) => m.goAway, 'goAway');
    assert.match(goAway.timeLeft, /^[0-2](\.\d{3})?s$/);
    const closed = await client.isClosed();
    assert.equal(closed.code, 1008);
    assert.equal(closed.bytes, 123);
    assert.ok(closed.reason.startsWith('Connection aborted because the client failed to close'));
  });

  it('row 45: a ping is answered with its payload, the setup or not', async () => {
    const client = new Talker(server);
    await client.isOpen();
    const payload = new Promise((resolve) => client.socket.once('pong', resolve));
    client.socket.ping('are you there');
    assert.equal((await within(payload, 'the pong')).toString(), 'are you there');
    await client.leaves();
  });

  it('row 46: a token opens the constrained method in each of its spellings', async () => {
    const { status, name } = await createToken({ uses: 3 });
    assert.equal(status, 200);
    assert.match(name, /^auth_tokens\/[0-9a-f]{64}$/);
    await isServed(constrained(name));
    await isServed(constrained(name.replace('/', '%2F')));
    await isServed({
      path: `${PATH}Constrained`,
      key: undefined,
      headers: { authorization: `Token ${name}` },
    });
  });

  it('row 47: a token on the plain method is refused with 1008', async () => {
    const { name } = await createToken({});
    const closed = await closeAfter([setup()], {
      path: `${PATH}?access_token=${name}`,
      key: undefined,
    });
    assert.equal(closed.code, 1008);
    assert.ok(closed.reason.startsWith('Request had invalid authentication credentials.'));
  });

  it('row 48: a spent token opens nothing new, but resumes', async () => {
    const { name } = await createToken({});
    const first = await Talker.with(server, { sessionResumption: {} }, constrained(name));
    await first.until(() => first.handle(), 'a handle');
    await first.leaves();
    const again = await closeAfter([setup()], constrained(name));
    assert.equal(again.code, 1011);
    assert.equal(again.reason, 'Token has been used too many times');
    const resumed = await Talker.with(
      server,
      { sessionResumption: { handle: first.handle() } },
      constrained(name),
    );
    await resumed.leaves();
  });

  it('row 49: a token that expires ends the session with 1011', async () => {
    let name;
    let closed;
    // A machine that is too busy to connect within a second gets a token that lives longer.
    for (let seconds = 1; closed?.reason !== 'auth token has expired'; seconds *= 2) {
      assert.ok(seconds < 20, JSON.stringify(closed));
      ({ name } = await createToken({ expireTime: inSeconds(seconds) }));
      const client = new Talker(server, constrained(name));
      await client.send(setup());
      closed = await client.isClosed();
    }
    assert.equal(closed.code, 1011);
    const late = await closeAfter([setup()], constrained(name));
    assert.equal(late.reason, 'Token has expired');
  });

  it('row 50: a pinned field is ignored in the setup, without an error', async () => {
    const { name } = await createToken({
      bidiGenerateContentSetup: { model: MODEL, outputAudioTranscription: {} },
      fieldMask: 'model',
    });
    const client = await Talker.with(server, { model: 'models/nobody-1' }, constrained(name));
    await client.types('hello');
    await client.turnIsOver();
    assert.equal(client.transcript('outputTranscription'), '', 'the mask names the model alone');
    await client.leaves();
  });

  it('a minted token says until when it counts, and errors have one shape', async () => {
    const expireTime = inSeconds(600);
    const token = await createToken({ expireTime });
    assert.equal(Date.parse(token.expireTime), Date.parse(expireTime));
    assert.ok(Date.parse(token.newSessionExpireTime) <= Date.parse(expireTime));
    for (const [method, path] of [
      ['GET', '/v1beta/models'],
      ['POST', '/v1beta/nothing'],
      ['GET', '/v1alpha/auth_tokens'],
    ]) {
      const response = await fetch(`${server.http}${path}`, { method });
      const { error } = await response.json();
      assert.equal(response.status, 404);
      assert.deepEqual([error.code, error.status], [404, 'NOT_FOUND']);
      assert.ok(error.message.includes(path), error.message);
    }
  });

  it('row 51: names that only SDKs know are refused with HTTP 400', async () => {
    const { status, error } = await createToken({ liveConnectConstraints: { model: MODEL } });
    assert.equal(status, 400);
    assert.equal(error.status, 'INVALID_ARGUMENT');
    assert.match(error.message, /Unknown name "liveConnectConstraints"/);
    const far = await createToken({ expireTime: inSeconds(21 * 3600) });
    assert.equal(far.status, 400);
    assert.match(far.error.message, /too far in the future. Maximum lifetime is 20h/);
    assert.equal((await createToken({}, {})).status, 403);
    assert.equal((await createToken({}, { 'x-goog-api-key': 'wrong' })).status, 400);
    assert.equal((await fetch(`${server.http}/v1alpha/auth_tokens`)).status, 404);
  });

  it('row 54: a long reason is cut between two characters at 123 bytes', async () => {
    const closed = await closeAfter([{ setup: { model: `models/${'ä'.repeat(80)}` } }]);
    assert.equal(closed.code, 1008);
    assert.ok(closed.bytes === 122 || closed.bytes === 123, `${closed.bytes} bytes`);
    assert.ok(!closed.reason.includes('\ufffd'));
  });

  it('row 55: leaving without a code, or without a word, ends the session', async () => {
    const polite = await Talker.with(server);
    polite.socket.close();
    assert.equal((await polite.isClosed()).code, 1000);
    const resumable = await Talker.with(server, { sessionResumption: {} });
    await resumable.until(() => resumable.handle(), 'a handle');
    resumable.close(); // no close frame
    await resumable.isClosed();
    // The handle counts as soon as the server has seen the end of the connection.
    for (;;) {
      const client = new Talker(server);
      await client.send(setup({ sessionResumption: { handle: resumable.handle() } }));
      const outcome = await client.until(() => client.messages[0] ?? client.closed, 'an answer');
      if (outcome.setupComplete) break;
      assert.equal(outcome.code, 1011);
    }
  });
});

describe('the wire of the stand-in under TLS', () => {
  it('rows 01 and 07: the same over wss, with a certificate of ones own', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'livegate-test-'));
    const [cert, key] = ['cert.pem', 'key.pem'].map((file) => path.join(folder, file));
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
        .concat(['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'])
        .concat(['-keyout', key, '-out', cert]),
      { stdio: 'ignore' },
    );
    const tls = await standIn('tls', [...PROMPT, '--tls-cert', cert, '--tls-key', key]);
    const socket = new WebSocket(`wss://127.0.0.1:${tls.port}${PATH}?key=${KEY}`, {
      rejectUnauthorized: false,
    });
    socket.on('open', () => socket.send(JSON.stringify(setup())));
    const first = await within(
      new Promise((resolve, reject) => {
        socket.once('message', (data) => resolve(data.toString()));
        socket.once('error', reject);
      }),
      'setupComplete',
    );
    assert.equal(first, '{\n  "setupComplete": {}\n}\n');
    socket.terminate();
    assert.equal(await tls.stop(), 0);
  });

  it('a connection that is dropped before a byte is said does no harm', async () => {
    await new Promise((resolve, reject) => {
      const socket = net.connect(server.port, '127.0.0.1', () => {
        socket.destroy();
        resolve();
      });
      socket.on('error', reject);
    });
    await isServed({});
  });
});
