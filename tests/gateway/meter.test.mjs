// What a conversation costs, and what follows when a budget is spent: over real sockets, with a
// scripted model and with the embedded assistant, and across restarts.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient } from '../lib/live_client.mjs';
import { metric, runLivegate, serve, untilMetric, within } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';

const ALICE = 'alice-token-7c1e';
const BOB = 'bob-token-77aa51';
const folder = mkdtempSync(path.join(tmpdir(), 'livegate-meter-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = (name) => path.join(folder, `${++files}-${name}`);
const configFile = (text) => {
  const file = fresh('livegate.toml');
  writeFileSync(file, text);
  return file;
};
const as = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
const USERS = `[auth]\ntokens = { alice = "${ALICE}", bob = "${BOB}" }\n`;

// 0.000375 USD by the prices of gemini-3.8-live.
const USAGE = {
  promptTokenCount: 100,
  promptTokensDetails: [{ modality: 'TEXT', tokenCount: 100 }],
  responseTokenCount: 25,
  responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 25 }],
  totalTokenCount: 125,
};

/** Answers every line, and reports `usage(n)` of its n-th answer. */
async function modelThatReports(usage = () => USAGE) {
  let turns = 0;
  return startFakeModel({
    onMessage(connection, message) {
      if (!message.realtimeInput?.text) return;
      connection.play(960);
      connection.say({ serverContent: { generationComplete: true } });
      const reported = usage(++turns);
      connection.say({
        serverContent: { turnComplete: true },
        ...(reported ? { usageMetadata: reported } : {}),
      });
    },
  });
}

/** The answer to an upgrade that is refused. */
function refusal(gateway, token, where = '/v1/live') {
  const answer = new Promise((resolve, reject) => {
    const request = http.request(gateway.http + where, {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
    });
    request.on('response', (response) => {
      let body = '';
      response.on('data', (data) => (body += data));
      response.on('end', () => resolve({ status: response.statusCode, response, body }));
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101 });
    });
    request.on('error', reject);
    request.end();
  });
  return within(answer, 'an answer to the upgrade');
}

describe('what a turn costs', () => {
  test('is told with its end, counted by model and modality, and logged at the end', async () => {
    const model = await modelThatReports();
    const gateway = await serve('meter-cost', [
      '--upstream',
      model.url,
      '--config',
      configFile(USERS),
    ]);
    const client = new NativeClient(gateway.native, as(ALICE));
    await client.start();
    const first = await client.turn('one');
    assert.deepEqual(first.cost, {
      turn_usd: 0.000375,
      session_usd: 0.000375,
      session_tokens: 125,
    });
    const second = await client.turn('two');
    assert.equal(second.cost.session_usd, 0.00075);
    await client.send({ type: 'stop' });
    const line = await gateway.logged(/cost 0\.000750 USD in 2 turns/);
    assert.match(line, /gemini-3\.8-live; today: user 0\.000750 USD, all 0\.000750 USD/);
    assert.match(line, /user=alice/);
    const page = await (await fetch(`${gateway.http}/metrics`)).text();
    assert.match(
      page,
      /livegate_tokens_total\{model="gemini-3\.8-live",direction="in",modality="text"\} 200\n/,
    );
    assert.match(page, /livegate_cost_usd_total\{model="gemini-3\.8-live"\} 0\.000750\n/);
    assert.match(page, /livegate_cost_estimated_usd_total\{model="gemini-3\.8-live"\} 0\.000000\n/);
    await gateway.stop();
    model.close();
  });

  test('is estimated where the model reports nothing, and marked so', async () => {
    const model = await modelThatReports(() => null);
    const gateway = await serve('meter-estimate', ['--upstream', model.url]);
    const client = new NativeClient(gateway.native);
    await client.start();
    const turn = await client.turn('one');
    assert.equal(turn.cost.estimated, true);
    assert.ok(turn.cost.turn_usd > 0);
    assert.equal(turn.usage, undefined);
    const page = await (await fetch(`${gateway.http}/metrics`)).text();
    assert.doesNotMatch(page, /livegate_cost_estimated_usd_total\{[^}]*\} 0\.000000\n/);
    await gateway.stop();
    model.close();
  });

  test('follows the prices of the configuration', async () => {
    const model = await modelThatReports();
    const config = configFile('[prices."gemini-3.8-live"]\ntext_in = 10\naudio_out = 0.0\n');
    const gateway = await serve('meter-prices', ['--upstream', model.url, '--config', config]);
    const client = new NativeClient(gateway.native);
    await client.start();
    assert.equal((await client.turn('one')).cost.turn_usd, 0.001);
    await gateway.stop();
    model.close();
  });

  test('a price or a budget that is none is refused by name', async () => {
    for (const [text, complaint] of [
      ['[prices."m"]\nvideo_in = 1\n', /prices\.m.*video_in.*text_in/],
      ['[prices."m"]\ntext_in = -1\n', /prices\.m.*text_in.*three decimals/],
      ['[budget]\nsession_usd = -1.0\n', /budget\.session_usd/],
      ['[budget]\nsoft_percent = 100\n', /budget\.soft_percent/],
    ]) {
      const { code, stderr } = await runLivegate(['check-config', configFile(text)]);
      assert.equal(code, 2, text);
      assert.match(stderr, complaint);
    }
  });

  test('the embedded assistant, which counts as the service does, is metered', async () => {
    const gateway = await serve('meter-offline', []);
    const client = new NativeClient(gateway.native);
    await client.start();
    const turn = await client.turn('turn on the kitchen light');
    assert.ok(turn.usage.prompt_tokens > 0);
    assert.ok(turn.cost.turn_usd > 0);
    assert.equal(turn.cost.estimated, undefined);
    await gateway.stop();
  });
});

describe('a budget', () => {
  test('of a session: a word before, then the end with the turn that spends it', async () => {
    const model = await modelThatReports();
    const config = configFile('[budget]\nsession_usd = 0.001\nsoft_percent = 70\n');
    const gateway = await serve('meter-session', ['--upstream', model.url, '--config', config]);
    const client = new NativeClient(gateway.native);
    await client.start();
    await client.turn('one');
    await client.turn('two');
    const word = await client.event('budget');
    assert.equal(word.limit, 'budget.session_usd');
    assert.equal(word.allowed_usd, 0.001);
    await within(
      model.until(() => /nearly over/.test(JSON.stringify(model.connections[0].messages))),
      'the model to be told',
    );
    await client.turn('three');
    const error = await client.event('error');
    assert.equal(error.code, 'budget_spent');
    assert.equal(error.fatal, true);
    assert.match(error.message, /budget\.session_usd allows 0\.001000 USD/);
    assert.equal((await client.isClosed()).code, 1008);
    const next = new NativeClient(gateway.native);
    await next.start(); // a session has its own
    await gateway.stop();
    model.close();
  });

  test('of a user and day: other users go on, and none of theirs begins again', async () => {
    const model = await modelThatReports();
    const config = configFile(`${USERS}[budget]\nuser_day_usd = 0.0003\n`);
    const gateway = await serve('meter-user', ['--upstream', model.url, '--config', config]);
    await gateway.logged(/without meter\.file.*forgotten/);
    const bob = new NativeClient(gateway.native, as(BOB));
    await bob.start();
    const idle = new NativeClient(gateway.native, as(ALICE));
    await idle.start();
    const live = new LiveClient(gateway.port, as(ALICE));
    await live.start();
    await live.send({ realtimeInput: { text: 'one' } });
    const closed = await live.isClosed();
    assert.equal(closed.code, 1011);
    assert.match(closed.reason, /^RESOURCE_EXHAUSTED: .*budget\.user_day_usd/);
    assert.equal((await idle.event('error')).code, 'budget_spent');
    const refused = await refusal(gateway, ALICE);
    assert.equal(refused.status, 429);
    const seconds = Number(refused.response.headers['retry-after']);
    assert.ok(seconds > 0 && seconds <= 86400, String(seconds));
    assert.match(refused.body, /budget\.user_day_usd allows 0\.000300 USD/);
    assert.equal((await refusal(gateway, BOB)).status, 101);
    await gateway.logged(/audit.*budget_spent.*user=alice/);
    assert.equal(await metric(gateway, 'livegate_budget_refused_total'), 1);
    assert.equal(await metric(gateway, 'livegate_users_over_budget'), 1);
    assert.ok(bob.undisturbed);
    await gateway.stop();
    model.close();
  });

  test('outlasts a restart, and a kill, where there is a file', async () => {
    const model = await modelThatReports();
    const file = fresh('usage.db');
    const config = configFile(
      `${USERS}[budget]\nuser_day_usd = 0.0007\n[meter]\nfile = "${file}"\n`,
    );
    const args = ['--upstream', model.url, '--config', config];
    const first = await serve('meter-restart', args);
    const client = new NativeClient(first.native, as(ALICE));
    await client.start();
    await client.turn('one');
    await first.stop();
    const second = await serve('meter-restart', args);
    const again = new NativeClient(second.native, as(ALICE));
    await again.start();
    await again.turn('two');
    assert.equal((await again.event('error')).code, 'budget_spent');
    // Written at once, on a thread of its own.
    const stored = async () =>
      (await runLivegate(['usage', '--file', file, '--user', 'alice'])).stdout;
    let table = await stored();
    while (!table.includes('0.000750')) table = await stored();
    await second.stop('SIGKILL');
    const third = await serve('meter-restart', args);
    assert.equal((await refusal(third, ALICE)).status, 429);
    assert.equal((await refusal(third, BOB)).status, 101);
    await third.stop();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    model.close();
  });

  test('of the gateway: nobody begins when it is spent', async () => {
    const model = await modelThatReports();
    const config = configFile(`${USERS}[budget]\ngateway_day_usd = 0.0003\n`);
    const gateway = await serve('meter-gateway', ['--upstream', model.url, '--config', config]);
    const alice = new NativeClient(gateway.native, as(ALICE));
    await alice.start();
    await alice.turn('one');
    assert.match((await alice.event('error')).message, /budget\.gateway_day_usd/);
    assert.equal((await refusal(gateway, BOB)).status, 429);
    await gateway.stop();
    model.close();
  });
});

describe('livegate usage', () => {
  test('prints what stands in the file, and says what it lacks', async () => {
    const model = await modelThatReports();
    const file = fresh('usage.db');
    const config = configFile(`${USERS}[meter]\nfile = "${file}"\n`);
    const gateway = await serve('meter-usage', ['--upstream', model.url, '--config', config]);
    const client = new NativeClient(gateway.native, as(ALICE));
    await client.start();
    await client.turn('one');
    await client.send({ type: 'stop' });
    await untilMetric(gateway, 'livegate_sessions_open', 0);
    await gateway.stop();
    const day = new Date().toISOString().slice(0, 10);
    const all = await runLivegate(['usage', '--config', config]);
    assert.equal(all.code, 0, all.stderr);
    assert.match(all.stdout, /alice +gemini-3\.8-live +1 +100 +25 +0 +0\.000375 +0\.000000/);
    const none = await runLivegate(['usage', '--file', file, '--user', 'carol', '--day', day]);
    assert.doesNotMatch(none.stdout, /gemini/);
    for (const [args, complaint] of [
      [['usage'], /--file/],
      [['usage', '--file', path.join(folder, 'nowhere.db')], /nowhere\.db/],
      [['usage', '--file', file, '--day', 'today'], /today.*2026-12-31/],
    ]) {
      const { code, stderr } = await runLivegate(args);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, complaint);
    }
    model.close();
  });
});
