// What people use the stand-in for: scenarios, faults on order, counts, and sentences that say what
// was wrong with an order.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { runLivegate } from '../lib/livegate.mjs';
import { LIGHT, PROMPT, Talker, standIn } from './standin.mjs';

const GUIDE = new URL('../../docs/stand-in.md', import.meta.url);
const folder = mkdtempSync(path.join(tmpdir(), 'livegate-test-'));
const script = path.join(folder, 'demo.toml');
const guideScenario = /```toml\n([^]*?)```/.exec(readFileSync(GUIDE, 'utf8'))[1];

let scripted;
let faulty;
before(async () => {
  writeFileSync(script, guideScenario);
  [scripted, faulty] = await Promise.all([
    standIn('scripted', ['--pace', '1000', '--script', script]),
    standIn('faulty', [...PROMPT, '--fault', 'freeze=0.5', '--seed', '7']),
  ]);
});
after(async () => {
  for (const each of [scripted, faulty]) assert.equal(await each.stop(), 0);
});

const SETUP = { outputAudioTranscription: {}, tools: [{ functionDeclarations: [LIGHT] }] };
const isGenerated = (client, from) =>
  client.message((m) => m.serverContent?.generationComplete, 'the reply', from);

/** What the stand-in counted of the conversations that were typed `texts` lines. */
async function counted(server, texts) {
  const { conversations } = await (await fetch(`${server.http}/stats`)).json();
  return conversations.filter((each) => each.texts === texts);
}

describe('the stand-in as a product', { concurrency: true }, () => {
  it("the guide's scenario is answered as it is written", async () => {
    const client = await Talker.with(scripted, SETUP);
    const reply = async (text) => {
      const from = client.messages.length;
      await client.types(text);
      await isGenerated(client, from);
      return client.transcript('outputTranscription', from);
    };
    assert.equal(await reply('What about the weather?'), 'It is sunny, and twenty degrees.');
    const from = client.messages.length;
    await client.types('dim the lights');
    const call = await client.call(from);
    assert.deepEqual(call.args, { room: 'kitchen', on: true, brightness: 30 });
    const answered = client.messages.length;
    await client.answers(call);
    await client.message((m) => m.serverContent?.modelTurn, 'the reaction', answered);
    await isGenerated(client, client.messages.length - 1);
    assert.equal(client.transcript('outputTranscription', from), 'I have dimmed the lights.');
    assert.equal(await reply('anything else'), 'Once upon a time.');
    await client.types('and then');
    assert.equal((await client.isClosed()).code, 1006);
    const [counts] = await counted(scripted, 4);
    assert.equal(counts.tool_responses_awaited, 1);
    assert.deepEqual(counts.faults, { drop: 1 });
  });

  it('a wrong line of a scenario is one sentence with file and line, and exit 2', async () => {
    const wrong = path.join(folder, 'wrong.toml');
    writeFileSync(wrong, '[[answer]]\nsay = "a"\n\n[[answer]]\nsya = "b"\n');
    const { code, stderr } = await runLivegate(['offline', '--script', wrong]);
    assert.equal(code, 2);
    assert.ok(stderr.startsWith(`livegate: ${wrong}:5: an answer has no 'sya'; it has `), stderr);
    assert.equal(stderr.trim().split('\n').length, 1);
  });

  it('a wrong order is one sentence that says what there is, and exit 2', async () => {
    for (const [args, says] of [
      [['--fault', 'frost'], "there is no fault 'frost'; there are freeze, "],
      [['--fault', 'freeze=2'], 'the chance of freeze is a number from 0 to 1'],
      [['--fact', 'gemini-3.8-live'], 'is no fact; write it like gemini-3.8-live.stream_end_'],
      [['--fact', 'gemini-0.pace=burst'], "there is no model 'gemini-0'; there are gemini-3.8"],
      [['--fact', 'gemini-3.8-live.pace=slow'], "pace is 'slow'; it must be burst or real_time."],
      [['--profile', 'gemini-0'], "there is no 'gemini-0'; there are all, gemini-3.8-live"],
      [['--first-audio', '12'], "'12' is no time; write it like 250ms"],
      [['--tls-cert', 'cert.pem'], '--tls-cert and --tls-key go together.'],
      [['--key-env', 'NOT_SET_ANYWHERE'], 'the environment has no NOT_SET_ANYWHERE.'],
    ]) {
      const { code, stderr } = await runLivegate(['offline', '--listen', '127.0.0.1:0', ...args]);
      assert.equal(code, 2, args.join(' '));
      assert.ok(stderr.includes(says), stderr);
      assert.equal(stderr.trim().split('\n').length, 1);
    }
  });

  it('half of the turns freeze, and a blank line asks for the answer again', async () => {
    const client = await Talker.with(faulty, { sessionResumption: {} });
    const turns = 20;
    let frozen = 0;
    for (let i = 0; i < turns; ++i) {
      for (let nudged = false; ; nudged = true) {
        const from = client.messages.length;
        if (nudged) {
          await client.send({ realtimeInput: { text: ' ' } });
        } else {
          await client.types('hello');
        }
        // A turn that begins says that it cannot be resumed now, before the pong.
        const pongs = client.pongs;
        client.socket.ping();
        await client.until(() => client.pongs > pongs, 'the pong');
        const updates = client.messages.slice(from).map((m) => m.sessionResumptionUpdate);
        if (updates.some((update) => update && !update.resumable)) {
          await isGenerated(client, from);
          break;
        }
        frozen += 1;
      }
    }
    const [counts] = await counted(faulty, turns);
    assert.equal(counts.faults.freeze ?? 0, frozen);
    assert.equal(counts.turns, turns + frozen);
    assert.ok(frozen > 0);
    await client.leaves();
  });

  it('a conversation is counted over all its connections, sample for sample', async () => {
    const pcm = Buffer.alloc(640 * 30);
    const first = await Talker.with(scripted, { sessionResumption: {} });
    await first.until(() => first.handle(), 'a handle');
    for (let i = 0; i < 10; ++i) first.sendAudio(pcm.subarray(0, 640));
    first.socket.ping();
    await first.until(() => first.pongs === 1, 'the pong');
    await first.leaves();
    const second = await Talker.with(scripted, { sessionResumption: { handle: first.handle() } });
    second.sendAudio(pcm.subarray(0, 640 * 20));
    second.socket.ping();
    await second.until(() => second.pongs === 1, 'the pong');
    const resumed = (await counted(scripted, 0)).filter((each) => each.connections === 2);
    assert.equal(resumed.length, 1);
    assert.equal(resumed[0].audio_samples, 30 * 320);
    assert.equal(resumed[0].audio_messages, 11);
    await second.leaves();
  });
});
