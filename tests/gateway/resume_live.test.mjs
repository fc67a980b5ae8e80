// Programs on the Live API's wire that lose their connection: handles are the gateway's own, open
// nothing for anybody else, and lead back to the call, or to what the model remembers of it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient } from '../lib/live_client.mjs';
import { serve, within } from '../lib/livegate.mjs';

const ALICE = 'alice-token-7c1e';
const BOB = 'bob-token-52aa';

let model;
let gateway;
before(async () => {
  model = await startFakeModel();
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'livegate-resume-')), 'gate.toml');
  writeFileSync(
    file,
    `[server]\nthreads = 2\n[upstream]\nurl = "${model.url}"\n[resume]\ngrace_ms = 2000\n` +
      `[auth]\ntokens = { alice = "${ALICE}", bob = "${BOB}" }\n`,
  );
  gateway = await serve('resume_live', ['--config', file]);
});
after(async () => {
  assert.equal(await gateway.stop(), 0);
  model.close();
});

class Program extends LiveClient {
  constructor(token = ALICE) {
    super(gateway.port, { key: token });
  }
  /** The answer to the setup, or the close. */
  async setup(sessionResumption) {
    const setup = { model: 'models/m', ...(sessionResumption && { sessionResumption }) };
    await this.send({ setup });
    return this.until(() => this.messages[0] ?? this.closed, 'an answer to the setup');
  }
  words() {
    return this.messages
      .map((each) => each.serverContent?.outputTranscription?.text)
      .filter(Boolean);
  }
}

async function begin(handleOfModel) {
  const client = new Program();
  await client.setup({});
  const connection = model.connections.at(-1);
  connection.say({ sessionResumptionUpdate: { newHandle: handleOfModel, resumable: true } });
  const update = await client.until(
    () => client.messages.find((each) => each.sessionResumptionUpdate?.newHandle),
    'a handle',
  );
  const handle = update.sessionResumptionUpdate.newHandle;
  assert.notEqual(handle, handleOfModel, 'the model’s own handle stays here');
  assert.equal(update.sessionResumptionUpdate.resumable, true);
  return { client, connection, handle };
}
const word = (text) => ({ serverContent: { outputTranscription: { text } } });

test('a client that is cut off comes back to its call and is sent what it missed', async () => {
  const { client, connection, handle } = await begin('model-h-1');
  connection.say(word('one '));
  await client.until(() => client.words().length === 1, 'the first word');
  const count = model.connections.length;
  client.socket.terminate();
  connection.say(word('two '));
  connection.say(word('three '));
  const back = new Program();
  assert.deepEqual(await back.setup({ handle }), { setupComplete: {} });
  await back.until(() => back.words().length === 2, 'the missed words');
  connection.say(word('four '));
  await back.until(() => back.words().length === 3, 'the next word');
  assert.deepEqual(back.words(), ['two ', 'three ', 'four ']);
  assert.equal(model.connections.length, count, 'over the same connection to the model');
  back.socket.send(JSON.stringify({ realtimeInput: { text: 'and you hear me?' } }));
  await within(
    model.until(() => connection.messages.at(-1)?.realtimeInput?.text === 'and you hear me?'),
    'the client to be heard',
  );
  back.socket.close();
});

test('a client whose old connection is still open moves over', async () => {
  const { client, connection, handle } = await begin('model-h-2');
  const back = new Program();
  await back.setup({ handle });
  assert.equal((await client.isClosed()).code, 1000);
  connection.say(word('here '));
  await back.until(() => back.words().length === 1, 'a word over the new connection');
  back.socket.close();
});

test('after the call is over a handle leads to what the model remembers', async () => {
  for (const leave of ['close', 'terminate']) {
    const { client, connection, handle } = await begin('model-h-3');
    connection.say({ sessionResumptionUpdate: { newHandle: 'model-h-4', resumable: true } });
    await client.until(() => client.messages.length === 3, 'the newer handle');
    assert.equal(client.messages[2].sessionResumptionUpdate.newHandle, handle);
    const over = once(connection.socket, 'close');
    client.socket[leave]();
    await within(over, 'the call to end, at once or after its grace');
    const back = new Program();
    assert.ok('setupComplete' in (await back.setup({ handle })));
    assert.equal(model.connections.at(-1).setup.sessionResumption.handle, 'model-h-4');
    back.socket.close();
  }
});

test('a handle opens nothing for another user, and none but ours opens anything', async () => {
  const { client, handle } = await begin('model-h-5');
  client.socket.terminate();
  const count = model.connections.length;
  for (const [token, presented] of [
    [BOB, handle],
    [ALICE, 'model-h-5'],
    [ALICE, `${handle}x`],
    [ALICE, 'k3v9q2ab.nothing-of-the-kind'],
  ]) {
    const other = new Program(token);
    const { code, reason } = await other.setup({ handle: presented });
    assert.equal(code, 1008);
    assert.match(reason, /sessionResumption\.handle/);
  }
  assert.equal(model.connections.length, count, 'the model was not asked');
  const back = new Program();
  assert.ok('setupComplete' in (await back.setup({ handle })), 'its own way back is untouched');
  back.socket.close();
});

test('a client that asked for no handle is not waited for', async () => {
  const client = new Program();
  await client.setup();
  const connection = model.connections.at(-1);
  connection.say({ sessionResumptionUpdate: { newHandle: 'model-h-6', resumable: true } });
  connection.say(word('one '));
  await client.until(() => client.words().length === 1, 'a word');
  assert.ok(!JSON.stringify(client.messages).includes('model-h-6'));
  const over = once(connection.socket, 'close');
  client.socket.terminate();
  await within(over, 'the call to end');
  const back = new Program();
  await back.setup({});
  assert.ok(!model.connections.at(-1).setup.sessionResumption.handle);
  back.socket.close();
});
