// `livegate doctor --probe` against stand-ins that play a model by its profile, and against altered
// ones: it must find every fact that a client can see, and every difference. All run side by side,
// for each is mostly waiting.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';

import { runLivegate, startLivegate } from '../lib/livegate.mjs';

const KEY = 'doctor-key-51d8';
const LIMIT_MS = 110000;

// What is said, typed and answered. None of it may be written down.
const WORDS = ['what time', 'count to', 'hello', 'kitchen light', 'the light is on', 'seven'];

// How fast the stand-in hears and speaks is this machine's matter: it may be slower than assumed.
const TIMES = ['turn_silence_ms', 'starvation_ms', 'first_audio_patience_ms'];

/** Runs the probe against a stand-in that plays `model`; the facts it reports, by name. */
async function probe(model, { facts = {}, standin = [], profile = model } = {}) {
  const args = Object.entries(facts).flatMap(([fact, value]) => [
    ...['--fact', `${profile}.${fact}=${value}`],
  ]);
  const server = await startLivegate(`probe-${model}`, [
    ...['offline', '--listen', '127.0.0.1:0', '--threads', '2', '--profile', model],
    ...[...args, ...standin],
  ]);
  const dir = mkdtempSync(path.join(tmpdir(), 'livegate-probe-'));
  const run = await runLivegate(
    [
      ...['doctor', '--probe', '--yes', '--strict', '--parallel', '8', '--model', model],
      ...['--upstream', `ws://127.0.0.1:${server.port}`, '--output', dir],
    ],
    { GEMINI_API_KEY: KEY },
    LIMIT_MS,
  );
  await server.stop();
  const written = Object.fromEntries(
    readdirSync(dir).map((name) => [
      path.extname(name),
      { file: path.join(dir, name), text: readFileSync(path.join(dir, name), 'utf8') },
    ]),
  );
  assert.ok(written['.json'], run.stderr);
  for (const text of [run.stdout, run.stderr, ...Object.values(written).map((each) => each.text)]) {
    assert.ok(!text.includes(KEY), 'the key is nowhere');
    // The fragment and the table name facts, the report kinds of frames.
    for (const word of WORDS) assert.ok(!text.toLowerCase().includes(word), word);
  }
  for (const line of run.stdout.split('\n').filter((each) => !each.startsWith('Report,'))) {
    if (!line.includes(dir)) assert.ok(line.length < 80, line);
  }
  const report = JSON.parse(written['.json'].text);
  return { ...run, report, written, of: Object.fromEntries(report.facts.map((f) => [f.topic, f])) };
}

/** The topics with that verdict, but those that may have it. */
const topics = ({ report }, verdict, allowed = []) =>
  report.facts
    .filter((fact) => fact.verdict === verdict && !allowed.includes(fact.topic))
    .map(({ topic, seen, evidence }) => `${topic}: ${seen}, ${evidence}`);

describe('livegate doctor --probe', { concurrency: 6 }, () => {
  for (const model of [
    'gemini-3.8-live',
    'gemini-3.8-live-extended-thinking',
    'gemini-3.1-flash-live-preview',
  ]) {
    test(`sees every fact of ${model}`, async () => {
      const found = await probe(model);
      assert.deepEqual(topics(found, 'differs', TIMES), []);
      assert.deepEqual(topics(found, 'unknown', TIMES), []);
      assert.equal(found.report.facts.length, 30);
    });
  }

  // Without voiceActivity the end of a turn is seen by the reply alone, and a busy machine delays
  // that.
  const late = [...TIMES, 'takes_silence_duration'];

  test('sees every fact of gemini-2.5-flash-native-audio', async () => {
    const found = await probe('gemini-2.5-flash-native-audio-latest');
    assert.deepEqual(topics(found, 'differs', late), []);
    assert.deepEqual(topics(found, 'unknown', late), []);
  });

  test('sees of live translate that it takes no turns, tools or pictures', async () => {
    const found = await probe('gemini-3.5-live-translate-preview');
    assert.deepEqual(topics(found, 'differs', late), []);
    for (const fact of ['turns', 'takes_tools', 'takes_video']) {
      assert.equal(found.of[fact].seen, 'false', fact);
    }
    assert.equal(found.of.call_ends_turn.verdict, 'unknown');
  });

  const alike = { turn_silence_ms: '2500', takes_silence_duration: 'false' };
  const altered = {
    'gemini-3.8-live': {
      profile: 'gemini-3.8-live',
      facts: {
        ...{ stream_end_ends_turn: 'true', marks_refused: 'false', always_proactive: 'false' },
        ...{ transcript: 'whole_first', pace: 'real_time', takes_thinking: 'true' },
        ...{ takes_video: 'false', ...alike },
      },
    },
    'gemini-2.5-flash-native-audio-latest': {
      profile: 'gemini-2.5-flash-native-audio-*',
      facts: {
        ...{ stream_end_ends_turn: 'false', call_ends_turn: 'true', blank_text_asks: 'true' },
        ...{ media_chunks: 'false', content_any_time: 'false', takes_scheduling: 'false' },
        ...{ idle_by_status: 'true', takes_will_continue: 'false', tools: 'non_blocking_only' },
      },
    },
  };
  for (const [model, { profile, facts }] of Object.entries(altered)) {
    test(`finds what is altered in ${model}`, async () => {
      const found = await probe(model, { profile, facts });
      assert.equal(found.code, 1, 'with --strict');
      for (const [fact, value] of Object.entries(facts)) {
        assert.equal(found.of[fact].verdict, 'differs', `${fact}: ${found.of[fact].evidence}`);
        if (!fact.endsWith('_ms')) assert.equal(found.of[fact].seen, value, fact);
      }
      // What it proposes is a configuration.
      const { file, text } = found.written['.toml'];
      assert.match(text, new RegExp(`^\\[models\\."${model}"\\]$`, 'm'));
      const read = await runLivegate(['check-config', file]);
      assert.equal(read.code, 0, read.stderr);
    });
  }

  test('says unknown of a model that never answers, and guesses nothing', async () => {
    const found = await probe('gemini-3.8-live', { standin: ['--fault', 'freeze'] });
    assert.equal(found.of.stream_end_ends_turn.verdict, 'unknown');
    assert.equal(found.of.stream_end_ends_turn.evidence, 'speech was not answered at all');
    for (const fact of ['pace', 'transcript', 'call_ends_turn', 'turns']) {
      assert.equal(found.of[fact].verdict, 'unknown', fact);
    }
    assert.equal(found.of.takes_thinking.seen, 'false', 'what needs no answer is seen');
    assert.deepEqual(topics(found, 'differs'), []);
  });

  test('says so where nothing can be asked', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'livegate-probe-'));
    const { code, stderr } = await runLivegate(
      [
        ...['doctor', '--probe', '--yes', '--upstream', 'wss://no-such-host.invalid'],
        ...['--output', dir],
      ],
      { GEMINI_API_KEY: KEY },
      LIMIT_MS,
    );
    assert.equal(code, 2);
    assert.match(stderr, /nothing could be asked: cannot find no-such-host\.invalid/);
    assert.deepEqual(readdirSync(dir), []);
  });
});
