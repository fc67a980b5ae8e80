// Users that JSON Web Tokens name: keys from a file and by URL, pins, rotation, revocation.

import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { serve, within } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';

const ISSUER = 'https://id.example';
const AUDIENCE = 'livegate';
const RULES = `[auth.jwt]\nissuer = "${ISSUER}"\naudience = "${AUDIENCE}"\n`;

const PAIRS = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};

class Key {
  constructor(algorithm, kid) {
    this.algorithm = algorithm;
    this.kid = kid;
    if (algorithm === 'HS256') {
      this.secret = Buffer.from(createHash('sha256').update(kid).digest());
      this.jwk = { kty: 'oct', kid, k: this.secret.toString('base64url') };
    } else {
      const { publicKey, privateKey } = generateKeyPairSync(...PAIRS[algorithm]);
      this.privateKey = privateKey;
      this.publicKey = publicKey;
      this.jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' };
    }
  }
  signature(text) {
    if (this.secret) return createHmac('sha256', this.secret).update(text).digest();
    if (this.algorithm === 'EdDSA') return sign(null, Buffer.from(text), this.privateKey);
    return sign('sha256', Buffer.from(text), { key: this.privateKey, dsaEncoding: 'ieee-p1363' });
  }
  token(claims = {}, header = {}) {
    const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');
    const text = [
      part({ alg: this.algorithm, kid: this.kid, ...header }),
      part({
        iss: ISSUER,
        aud: AUDIENCE,
        sub: 'alice',
        exp: Math.floor(Date.now() / 1000) + 600,
        ...claims,
      }),
    ].join('.');
    return `${text}.${this.signature(text).toString('base64url')}`;
  }
}

function folder() {
  return mkdtempSync(path.join(tmpdir(), 'livegate-test-'));
}

function configured(text, files = {}) {
  const place = folder();
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(place, name), content, { mode: 0o600 });
  }
  const file = path.join(place, 'gate.toml');
  writeFileSync(file, text);
  return file;
}

/** The first event of a client that presents `token`: ready, or the error. */
async function entered(gateway, token, options = {}) {
  const client = new NativeClient(
    options.query === false ? gateway.native : `${gateway.native}?access_token=${token}`,
    options,
  );
  await client.send({ type: 'start' });
  const first = await client.until(
    () => client.events.find((e) => e.type === 'ready' || e.type === 'error'),
    'an answer',
  );
  client.close();
  return first;
}

/** Serves a key set that can be changed; counts who asks. */
async function startIssuer(keys) {
  const issuer = { keys, status: 200, asked: 0 };
  const readers = new Set();
  const server = createServer((_, response) => {
    issuer.asked += 1;
    response.statusCode = issuer.status;
    response.end(issuer.text ?? JSON.stringify({ keys: issuer.keys.map((key) => key.jwk) }));
    for (const look of readers) look();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer.url = `http://127.0.0.1:${server.address().port}/keys`;
  issuer.close = () => server.close();
  /** Resolves when it has been asked `count` times in all. */
  issuer.wasAsked = (count) =>
    within(
      new Promise((resolve) => {
        const look = () => {
          if (issuer.asked < count) return;
          readers.delete(look);
          resolve();
        };
        readers.add(look);
        look();
      }),
      `question ${count} for the keys`,
    );
  return issuer;
}

describe('a JWT with keys from a file', () => {
  test('of each algorithm names its user, and one for somebody else is refused', async () => {
    for (const algorithm of ['HS256', 'RS256', 'ES256', 'EdDSA']) {
      const key = new Key(algorithm, 'k1');
      const file = configured(`${RULES}keys_file = "keys.json"\n`, {
        'keys.json': JSON.stringify({ keys: [key.jwk] }),
      });
      const gateway = await serve('jwt_file', ['--config', file, '--upstream', 'offline']);
      assert.equal((await entered(gateway, key.token())).type, 'ready', algorithm);
      await gateway.logged(/connects.*user=alice/);
      const past = Math.floor(Date.now() / 1000) - 60;
      for (const [token, message] of [
        [key.token({ aud: 'other' }), /\(aud\)/],
        [key.token({ iss: 'https://evil.example' }), /\(iss\)/],
        [key.token({ exp: past }), /expired \(exp\)/],
        [key.token({ exp: undefined }), /claim that this gateway needs/],
        [key.token({ nbf: past + 600 }), /not in force yet/],
        [key.token({ sub: undefined }), /claim that this gateway needs/],
        [key.token({}, { alg: 'none' }), /none of HS256/],
        [new Key(algorithm, 'k2').token({}, { kid: 'k1' }), /signature is wrong/],
        [new Key(algorithm, 'k2').token(), /no key that the token names/],
        [`${key.token()}=`, /no JSON Web Token/],
      ]) {
        const refused = await entered(gateway, token);
        assert.equal(refused.type, 'error', algorithm);
        assert.match(refused.message, message);
      }
      await gateway.logged(/audit.*refused \/v1\/live \(unauthorized\).*signature is wrong/);
      assert.equal((await entered(gateway, 'no-such-token-at-all')).code, 'unauthorized');
      assert.equal(await gateway.stop(), 0);
    }
  });

  test('is taken wherever a client may put a token', async () => {
    const key = new Key('EdDSA', 'k');
    const file = configured(`${RULES}keys_file = "key.pem"\n`, {
      'key.pem': key.publicKey.export({ type: 'spki', format: 'pem' }),
    });
    const gateway = await serve('jwt_places', ['--config', file, '--upstream', 'offline']);
    const token = key.token();
    for (const headers of [{ authorization: `Bearer ${token}` }, { 'x-goog-api-key': token }]) {
      const first = await entered(gateway, '', { query: false, headers });
      assert.equal(first.type, 'ready', JSON.stringify(first));
    }
    const byKey = { ...gateway, native: `${gateway.native}?key=${token}` };
    assert.equal((await entered(byKey, '', { query: false })).type, 'ready');
    assert.equal(await gateway.stop(), 0);
  });

  test('pins what its claims say, and asks for no short-lived tokens', async () => {
    const model = await startFakeModel();
    const key = new Key('ES256', 'k');
    const file = configured(
      `${RULES}keys_file = "key.json"\nmodel_claim = "m"\nvoice_claim = "v"\n` +
        `instruction_claim = "i"\n`,
      { 'key.json': JSON.stringify(key.jwk) },
    );
    const gateway = await serve('jwt_pins', ['--config', file, '--upstream', model.url]);
    const token = key.token({ m: 'models/theirs', v: 'Kore', i: 'Be brief.' });
    const client = new NativeClient(`${gateway.native}?access_token=${token}`);
    await client.send({
      type: 'start',
      model: 'models/other',
      voice: 'Puck',
      system_instruction: 'Be long.',
    });
    await client.until(() => client.events.find((e) => e.type === 'ready'), 'ready');
    const { setup } = model.connections.at(-1);
    assert.equal(setup.model, 'models/theirs');
    assert.match(JSON.stringify(setup), /"voiceName":"Kore"/);
    assert.match(JSON.stringify(setup), /Be brief\./);
    assert.doesNotMatch(JSON.stringify(setup), /Puck|Be long|models\/other/);
    client.close();
    const answer = await fetch(`${gateway.http}/v1/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 401);
    assert.equal(await gateway.stop(), 0);
    model.close();
  });
});

describe('keys by URL', () => {
  test('follow the issuer: a new one is fetched when named, a dropped one is gone', async () => {
    const [first, second] = [new Key('ES256', '2026-11'), new Key('EdDSA', '2026-12')];
    const issuer = await startIssuer([first]);
    const file = configured(`${RULES}jwks_url = "${issuer.url}"\njwks_refetch_ms = 100\n`);
    const gateway = await serve('jwks', ['--config', file, '--upstream', 'offline']);
    await gateway.logged(/jwks_url: 1 keys/);
    assert.equal((await entered(gateway, first.token())).type, 'ready');

    issuer.keys = [first, second];
    const asked = issuer.asked;
    const unknown = await entered(gateway, second.token());
    assert.match(unknown.message, /no key that the token names.*try again/);
    await issuer.wasAsked(asked + 1);
    await gateway.logged(/jwks_url: 2 keys/);
    assert.equal((await entered(gateway, second.token())).type, 'ready');

    issuer.keys = [second];
    await entered(gateway, new Key('EdDSA', 'nobody').token());
    await issuer.wasAsked(asked + 2);
    const deadline = Date.now() + 20000;
    while ((await entered(gateway, first.token())).type === 'ready') {
      assert.ok(Date.now() < deadline, 'a dropped key still counts');
    }
    assert.equal((await entered(gateway, second.token())).type, 'ready');
    assert.equal(await gateway.stop(), 0);
    issuer.close();
  });

  test('stay in force while the issuer is down, or answers nonsense', async () => {
    const key = new Key('RS256', 'k');
    const issuer = await startIssuer([key]);
    const file = configured(`${RULES}jwks_url = "${issuer.url}"\njwks_refetch_ms = 100\n`);
    const gateway = await serve('jwks_last_good', ['--config', file, '--upstream', 'offline']);
    await gateway.logged(/jwks_url: 1 keys/);
    const stranger = new Key('RS256', 'other').token();
    for (const [change, why] of [
      [{ status: 500 }, /1 keys stay in force: the answer has HTTP status 500/],
      [{ status: 200, text: '<html>' }, /1 keys stay in force: the keys are no JSON/],
      [{ text: '{"keys":[]}' }, /1 keys stay in force: there is no key/],
      [{ text: ' '.repeat(300 * 1024) }, /1 keys stay in force: the keys are more than/],
    ]) {
      Object.assign(issuer, change);
      await entered(gateway, stranger);
      await gateway.logged(why);
      assert.equal((await entered(gateway, key.token())).type, 'ready');
    }
    assert.equal(await gateway.stop(), 0);
    issuer.close();
  });

  test('are asked for once, however many tokens name keys that do not exist', async () => {
    const key = new Key('EdDSA', 'k');
    const issuer = await startIssuer([key]);
    const file = configured(`${RULES}jwks_url = "${issuer.url}"\njwks_refetch_ms = 3600000\n`);
    const gateway = await serve('jwks_brake', ['--config', file, '--upstream', 'offline']);
    await gateway.logged(/jwks_url: 1 keys/);
    const stranger = new Key('EdDSA', 'x');
    for (let i = 0; i < 20; i += 1) {
      assert.equal((await entered(gateway, stranger.token({}, { kid: `x${i}` }))).type, 'error');
    }
    assert.equal(issuer.asked, 1);
    assert.equal(await gateway.stop(), 0);
    issuer.close();
  });
});

describe('auth.revoked_file', () => {
  test('ends a user, a jti or a token with the next reload', async () => {
    const key = new Key('EdDSA', 'k');
    const file = configured(
      `[auth]\ntokens = { bob = "bob-token-of-this-test" }\nrevoked_file = "revoked"\n` +
        `${RULES}keys_file = "key.json"\n`,
      { 'key.json': JSON.stringify(key.jwk), revoked: '# nobody yet\n' },
    );
    const gateway = await serve('jwt_revoked', ['--config', file, '--upstream', 'offline']);
    const byId = key.token({ sub: 'carol', jti: 'id-1' });
    const byHash = key.token({ sub: 'dave' });
    const byUser = key.token({ sub: 'erin' });
    const tokens = [byId, byHash, byUser, 'bob-token-of-this-test'];
    for (const token of tokens) assert.equal((await entered(gateway, token)).type, 'ready');
    const hash = createHash('sha256').update(byHash).digest('hex');
    writeFileSync(
      path.join(path.dirname(file), 'revoked'),
      `jti id-1\nsha256 ${hash}\nuser erin\nuser bob\n`,
    );
    process.kill(gateway.pid, 'SIGHUP');
    await gateway.logged(/reloaded: /);
    for (const token of tokens) {
      assert.equal((await entered(gateway, token)).code, 'token_revoked');
    }
    assert.equal((await entered(gateway, key.token({ sub: 'carol', jti: 'id-2' }))).type, 'ready');
    assert.equal(await gateway.stop(), 0);
  });
});

describe('auth.jwt.end_sessions_at_expiry', () => {
  test('ends a session politely when its token expires', async () => {
    const key = new Key('HS256', 'k');
    const file = configured(
      `${RULES}keys_file = "key.json"\nskew_s = 0\nend_sessions_at_expiry = true\n`,
      { 'key.json': JSON.stringify(key.jwk) },
    );
    const gateway = await serve('jwt_expiry', ['--config', file, '--upstream', 'offline']);
    const token = key.token({ exp: Math.floor(Date.now() / 1000) + 3 });
    const client = new NativeClient(`${gateway.native}?access_token=${token}`);
    await client.send({ type: 'start' });
    await client.until(() => client.events.find((e) => e.type === 'ready'), 'ready');
    const error = await client.event('error');
    assert.match(error.message, /expired/);
    assert.equal(await gateway.stop(), 0);
  });
});
