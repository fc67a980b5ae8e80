// The page in front of the real gateway, with a network between them that breaks: it goes on with
// the same conversation, and the loudspeaker does not notice.

import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';

import { startFakeModel } from '../lib/fake_model.mjs';
import { serve, within } from '../lib/livegate.mjs';
import { PageUnderTest, launchBrowser, silence } from './page_fixture.mjs';

const RATE_HZ = 24000;

/** A way to `port` that can be cut. */
class Wire {
  async open(port) {
    this.sockets = new Set();
    this.broken = false;
    this.server = net.createServer((near) => {
      if (this.broken) return near.destroy();
      const far = net.connect(port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ]) {
        this.sockets.add(from);
        from.pipe(to);
        from.on('error', () => {});
        from.on('close', () => {
          to.destroy();
          this.sockets.delete(from);
        });
      }
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${this.server.address().port}`;
  }
  cut() {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }
  close() {
    this.cut();
    this.server.close();
  }
}

/** `seconds` of a loud tone as the model sends it, in pieces of 100 ms. */
function sing(connection, seconds) {
  const samples = RATE_HZ / 10;
  for (let i = 0; i < seconds * 10; i++) {
    const data = Buffer.alloc(2 * samples);
    for (let at = 0; at < samples; at++) {
      data.writeInt16LE(Math.round(16000 * Math.sin((2 * Math.PI * 440 * at) / RATE_HZ)), 2 * at);
    }
    connection.say({
      serverContent: {
        modelTurn: {
          parts: [
            { inlineData: { mimeType: 'audio/pcm;rate=24000', data: data.toString('base64') } },
          ],
        },
      },
    });
  }
}

let browser;
let model;
let gateway;
let wire;
let address;
before(async () => {
  browser = await launchBrowser(silence());
  model = await startFakeModel({ onMessage: () => {} });
  gateway = await serve('browser-resume', ['--upstream', model.url]);
  wire = new Wire();
  address = await wire.open(gateway.port);
});
after(async () => {
  await browser?.close();
  wire?.close();
  assert.equal(await gateway?.stop(), 0);
  model?.close();
});

test('a reply sounds on through two cuts of the network, to its last sample', async () => {
  const page = await PageUnderTest.open(browser, address);
  await page.evaluate(() => {
    window.livegate.client.addEventListener('reconnected', ({ detail }) => {
      (window.resumed ??= []).push(detail.resumed);
    });
  });
  await page.page.fill('#line', 'sing');
  await page.page.press('#line', 'Enter');
  const sang = () => model.connections[0]?.messages.some((each) => each.realtimeInput?.text);
  await within(model.until(sang), 'the line');
  const [connection] = model.connections;
  sing(connection, 3);
  await page.until(() => window.observed.playedOf(1) > 12000);

  wire.cut();
  sing(connection, 2); // while nobody is there
  await page.until(() => window.resumed?.length === 1);
  await page.until(() => window.observed.playedOf(1) > 60000);
  wire.broken = true; // this time its first tries fail too
  wire.cut();
  sing(connection, 1);
  connection.say({ serverContent: { generationComplete: true } });
  connection.say({ serverContent: { turnComplete: true } });
  await page.plays(0.5);
  wire.broken = false;
  await page.until(() => window.resumed?.length === 2);
  await page.until((samples) => window.observed.playedOf(1) === samples, 6 * RATE_HZ);
  await page.until(() => window.observed.first('turn_complete', 1));

  const heard = await page.evaluate(() => ({
    resumed: window.resumed,
    underruns: window.livegate.playback.last.underruns,
    turns: window.observed.events.filter(({ name }) => name === 'turn_started').length,
    state: window.livegate.client.state,
  }));
  assert.deepEqual(heard, { resumed: [true, true], underruns: 0, turns: 1, state: 'ready' });
  assert.equal(model.connections.length, 1, 'the model noticed nothing');
  await page.evaluate(() => window.livegate.client.stop());
  await page.closeCleanly([/WebSocket connection .* failed/, /ERR_/]);
});
