// What clients of many kinds send to the gateway as they happen to have it: samples cut anywhere,
// pictures with a head of a data URL, models by another API's name. It reaches the model as it was
// meant, or is refused by its name, and the session goes on.

import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';

import { startFakeModel } from '../lib/fake_model.mjs';
import { LiveClient } from '../lib/live_client.mjs';
import { serve } from '../lib/livegate.mjs';
import { NativeClient } from '../lib/native_client.mjs';

const JPEG = `/9j/4AAQSkZJRgABAQEASABIAAD/${'A'.repeat(200)}`;
const WRAPPED = JPEG.replace(/(.{76})/g, '$1\n');

/** All samples that a connection of the model was given. */
const heardBy = (connection) =>
  Buffer.concat(
    connection.messages
      .map((m) => m.realtimeInput?.audio?.data)
      .filter(Boolean)
      .map((data) => Buffer.from(data, 'base64')),
  );
const picturesShownTo = (connection) =>
  connection.messages.map((m) => m.realtimeInput?.video).filter(Boolean);

describe('a model that takes what it is sent', () => {
  let model;
  let gateway;
  before(async () => {
    model = await startFakeModel();
    gateway = await serve('gateway-clients', ['--upstream', model.url, '--vad', 'off']);
  });
  after(async () => {
    assert.equal(await gateway.stop(), 0);
    model.close();
  });

  async function talk(setup = {}) {
    const client = new LiveClient(gateway.port);
    await client.start({ setup: { model: 'models/gemini-3.8-live', ...setup } });
    return { client, connection: model.connections.at(-1) };
  }

  for (const size of [333, 641, 1323]) {
    test(`samples in messages of ${size} bytes reach the model as they were`, async () => {
      const said = Buffer.from(
        Int16Array.from({ length: 16000 }, (_, i) => (i * 7919) % 30000).buffer,
      );
      const { client, connection } = await talk();
      for (let at = 0; at < said.length; at += size) {
        const data = said.subarray(at, at + size).toString('base64');
        await client.send({ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data } } });
      }
      await client.send({ realtimeInput: { audioStreamEnd: true } });
      await model.until(() => heardBy(connection).length >= said.length);
      assert.deepEqual(heardBy(connection).subarray(0, said.length), said);
      client.close();
    });
  }

  test('a layout of samples that is not ours is refused by its name, not guessed at', async () => {
    for (const mimeType of [
      'audio/pcm;rate=16000;channels=2',
      'audio/l16;rate=16000',
      'audio/wav',
      'audio/webm;codecs=opus',
      'audio/pcm;rate=16000;endian=big',
    ]) {
      const { client } = await talk();
      await client.send({ realtimeInput: { audio: { mimeType, data: 'AAAA' } } });
      const { code, reason } = await client.isClosed();
      assert.equal(code, 1007);
      assert.ok(reason.includes(mimeType) && reason.includes('audio/pcm;rate='), reason);
    }
  });

  test('a picture in lines, as a data URL, or without a type is mended', async () => {
    for (const video of [
      { mimeType: 'image/jpeg', data: JPEG },
      { mimeType: 'image/jpeg', data: `data:image/jpeg;base64,${JPEG}` },
      { mimeType: 'image/jpeg', data: WRAPPED },
      { data: JPEG },
    ]) {
      const { client, connection } = await talk();
      await client.send({ realtimeInput: { video } });
      await model.until(() => picturesShownTo(connection).length);
      assert.deepEqual(picturesShownTo(connection), [{ mimeType: 'image/jpeg', data: JPEG }]);
      client.close();
    }
  });

  test('a picture that is none is not sent, and the session goes on', async () => {
    for (const [video, named] of [
      [{ mimeType: 'application/pdf', data: JPEG }, /"application\/pdf" is not taken/],
      [{ mimeType: 'image/whatever', data: JPEG }, /"image\/whatever" is not taken/],
      [{ mimeType: 'image/jpeg', data: 'not base64!' }, /is not base64/],
      [{ mimeType: 'image/jpeg', data: 'AAAAAAAA' }, /begins as none of/],
      [{ mimeType: 'image/jpeg', data: '' }, /has no data/],
    ]) {
      const { client, connection } = await talk();
      await client.send({ realtimeInput: { video } });
      await client.send({ realtimeInput: { text: 'still there?' } });
      await client.message((m) => m.serverContent?.turnComplete, 'the reply');
      assert.deepEqual(picturesShownTo(connection), []);
      await gateway.logged(new RegExp(`refused a message: bad_picture: .*${named.source}`));
      client.close();
    }
  });

  test('a native client is told which picture was refused, and goes on', async () => {
    const client = new NativeClient(gateway.native);
    await client.start();
    await client.send({ type: 'image', mime_type: 'image/png', data: 'not base64!' });
    const error = await client.event('error');
    assert.equal(error.code, 'bad_picture');
    assert.equal(error.fatal, false);
    assert.match(error.message, /base64/);
    const url = `data:image/jpeg;base64,${WRAPPED}`;
    await client.send({ type: 'image', mime_type: 'image/jpeg', data: url });
    const connection = model.connections.at(-1);
    await model.until(() => picturesShownTo(connection).length);
    assert.deepEqual(picturesShownTo(connection), [{ mimeType: 'image/jpeg', data: JPEG }]);
    await client.turn('still there?');
    client.close();
  });

  test('a model has one name for the model, however a client spells it', async () => {
    for (const name of [
      'projects/p/locations/us-central1/publishers/google/models/gemini-3.8-live',
      'publishers/google/models/gemini-3.8-live',
      'projects/demo/models/gemini-3.8-live',
      'gemini-3.8-live',
      'models/gemini-3.8-live',
    ]) {
      const { client, connection } = await talk({ model: name });
      assert.equal(connection.setup.model, 'models/gemini-3.8-live', name);
      client.close();
    }
  });
});

describe('what no further try would change', () => {
  /** The fatal error of a native session, and how often the model was asked. */
  async function refusedBy(url, name, key = 'test-key-9f2c') {
    const gateway = await serve(name, ['--upstream', url], { GEMINI_API_KEY: key });
    const client = new NativeClient(gateway.native);
    await client.send({ type: 'start' });
    const error = await client.event('error');
    await client.isClosed();
    assert.ok(!client.kinds().includes('reconnecting'), JSON.stringify(client.kinds()));
    assert.equal(await gateway.stop(), 0);
    return error;
  }

  for (const [what, code, reason, says] of [
    ['model', 1008, 'models/x is not found for API version v1beta, or is not supp', /model's name/],
    ['key', 1007, 'API key not valid. Please pass a valid API key.', /API key/],
    ['setting', 1007, 'Thinking level is not supported for this model', /change the setting/],
    ['policy', 1008, 'Something that nobody has seen yet', /change the setting/],
  ]) {
    test(`a ${what} that the service refuses is upstream_refused at once`, async () => {
      const model = await startFakeModel({ onSetup: (c) => c.socket.close(code, reason) });
      const error = await refusedBy(model.url, 'gateway-refused');
      assert.equal(error.code, 'upstream_refused');
      assert.ok(error.message.includes(reason), error.message);
      assert.match(error.message, says);
      assert.equal(model.connections.length, 1);
      model.close();
    });
  }

  test('a message that the model closes on is not sent again, the session goes on', async () => {
    const model = await startFakeModel({
      onMessage: (connection, { realtimeInput, clientContent }) => {
        if (clientContent && JSON.stringify(clientContent).includes('poison'))
          connection.socket.close(1007, 'Request contains an invalid argument.');
        else if (realtimeInput?.text) connection.reply();
      },
    });
    const gateway = await serve('gateway-poison', ['--upstream', model.url]);
    const client = new LiveClient(gateway.port);
    await client.start();
    await client.send({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'poison' }] }], turnComplete: true },
    });
    await gateway.logged(/refused a message: message_refused: .*1007: Request contains/);
    await model.until(() => model.connections.length === 2);
    await client.send({ realtimeInput: { text: 'still there?' } });
    await client.message((m) => m.serverContent?.turnComplete, 'the reply');
    assert.equal(model.connections.length, 2);
    assert.ok(!JSON.stringify(model.connections[1].messages).includes('poison'));
    client.close();
    assert.equal(await gateway.stop(), 0);
    model.close();
  });

  test('so is an upgrade that is refused for its key', async () => {
    const server = http.createServer();
    let asked = 0;
    server.on('upgrade', (request, socket) => {
      asked += 1;
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const error = await refusedBy(`ws://127.0.0.1:${server.address().port}/ws`, 'gateway-refused');
    assert.equal(error.code, 'upstream_refused');
    assert.match(error.message, /403.*API key/);
    assert.equal(asked, 1);
    server.close();
  });
});

describe('/readyz', () => {
  /** A server of pages alone: what the service answers to a question about a model. */
  async function service(answer) {
    const asked = [];
    const server = http.createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(answer.status).end(answer.body ?? '');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { url: `ws://127.0.0.1:${server.address().port}`, asked, server };
  }
  const readiness = async (gateway) => {
    const response = await fetch(`${gateway.http}/readyz`);
    return [response.status, await response.text()];
  };

  test('knows that the service refuses the key, and asks it once for many questions', async () => {
    const refusing = await service({ status: 400, body: '{"error":{"status":"API_KEY_INVALID"}}' });
    const gateway = await serve('gateway-ready', ['--upstream', refusing.url], {
      GEMINI_API_KEY: 'test-key-9f2c',
    });
    await gateway.logged(/not ready: The service refuses the key \(HTTP status 400\)/);
    for (let i = 0; i < 20; ++i) {
      const [status, sentence] = await readiness(gateway);
      assert.equal(status, 503);
      assert.match(sentence, /refuses the key/);
    }
    assert.deepEqual(refusing.asked, ['/v1beta/models/gemini-3.8-live']);
    assert.equal(await gateway.stop(), 0);
    refusing.server.close();
  });

  test('knows that the service cannot be reached', async () => {
    const gone = await service({ status: 200 });
    gone.server.close();
    await once(gone.server, 'close');
    const gateway = await serve('gateway-ready', ['--upstream', gone.url]);
    await gateway.logged(/not ready: /);
    const [status, sentence] = await readiness(gateway);
    assert.equal(status, 503);
    assert.equal(sentence, 'cannot connect to the server: Connection refused\n');
    assert.equal(await gateway.stop(), 0);
  });

  test('is 200 once a call has been opened, and for the assistant inside at once', async () => {
    const model = await startFakeModel();
    const gateway = await serve('gateway-ready', ['--upstream', model.url]);
    const client = new NativeClient(gateway.native);
    await client.start();
    assert.deepEqual(await readiness(gateway), [200, 'ready\n']);
    client.close();
    assert.equal(await gateway.stop(), 0);
    model.close();
    const inside = await serve('gateway-ready', ['--upstream', 'offline']);
    assert.deepEqual(await readiness(inside), [200, 'ready\n']);
    assert.equal(await inside.stop(), 0);
  });
});
