// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { EVENT_TYPES, liveUrl, parseEvent, say, subprotocols, tokenOf } from '../lib/protocol.js';
import { EXPLAINED, explain } from '../page/explain.js';

/** One example of each event, as docs/wire-browser.md shows it. */
const EXAMPLES = [
  {
    type: 'ready',
    session: 'k3v9q2',
    model: 'm',
    upstream: 'offline',
    notice: 'This is ...',
    rate: 16000,
    output_rate: 24000,
    resume: { token: 'Zk0v', grace_ms: 30000 },
    resumed: true,
    received: 1207,
  },
  { type: 'speech_started', at_ms: 1240 },
  { type: 'speech_ended', at_ms: 3120 },
  { type: 'turn_started', turn: 1 },
  { type: 'transcript', role: 'user', turn: 1, text: 'dim', finished: true },
  { type: 'text', turn: 1, text: 'Hello.' },
  { type: 'tool_call', turn: 1, id: 'call-1', name: 'set_light', args: { room: 'hall' } },
  { type: 'tool_cancelled', id: 'call-1' },
  { type: 'duck', turn: 1 },
  { type: 'unduck', turn: 1 },
  { type: 'interrupted', turn: 1, heard_ms: 1480, heard: 'Once upon' },
  { type: 'generation_complete', turn: 1 },
  { type: 'no_answer', turn: 1, reason: 'no_speech', message: 'Nothing was said.' },
  {
    type: 'budget',
    limit: 'budget.session_usd',
    allowed_usd: 0.5,
    message: 'It is nearly spent.',
  },
  {
    type: 'turn_complete',
    turn: 1,
    cut_off: true,
    latency: { end_to_end_ms: 611 },
    timeline: { speech_ended: 3120.4, completed: 5990.8 },
    usage: {},
  },
  { type: 'reconnecting', reason: 'lost', attempt: 1, retry_in_ms: 250 },
  { type: 'reconnected', resumed: true, dropped_ms: 0 },
  { type: 'pong', id: 4, at_ms: 8120.25 },
  { type: 'error', code: 'busy', message: 'Too much.', fatal: false },
  { type: 'bye', reason: 'stopped' },
];

test('every event of the contract is understood and passed on whole', () => {
  assert.deepEqual(EXAMPLES.map((event) => event.type).sort(), [...EVENT_TYPES].sort());
  for (const event of EXAMPLES) assert.deepEqual(parseEvent(JSON.stringify(event)), { event });
});

test('fields that a newer gateway adds are kept', () => {
  const event = { type: 'pong', id: 1, hops: 3 };
  assert.deepEqual(parseEvent(JSON.stringify(event)), { event });
});

const BAD = [
  ['', 'a frame is not JSON'],
  ['{', 'a frame is not JSON'],
  ['null', 'a frame is not an object'],
  ['[]', 'a frame is not an object'],
  ['7', 'a frame is not an object'],
  ['{}', 'a frame has no type'],
  ['{"type":7}', 'a frame has no type'],
  ['{"type":"sing"}', 'the event "sing" is unknown'],
  ['{"type":"constructor"}', 'the event "constructor" is unknown'],
  ['{"type":"__proto__"}', 'the event "__proto__" is unknown'],
  ['{"type":"turn_started"}', 'the event turn_started has no valid turn'],
  ['{"type":"turn_started","turn":"1"}', 'the event turn_started has no valid turn'],
  ['{"type":"turn_started","turn":-1}', 'the event turn_started has no valid turn'],
  ['{"type":"turn_started","turn":1.5}', 'the event turn_started has no valid turn'],
  ['{"type":"turn_started","turn":1e300}', 'the event turn_started has no valid turn'],
  [
    '{"type":"transcript","role":"cat","turn":1,"text":"x"}',
    'the event transcript has no valid role',
  ],
  ['{"type":"transcript","role":"user","turn":1}', 'the event transcript has no valid text'],
  [
    '{"type":"tool_call","turn":1,"id":"a","name":"n","args":[]}',
    'the event tool_call has no valid args',
  ],
  [
    '{"type":"turn_complete","turn":1,"latency":null}',
    'the event turn_complete has no valid latency',
  ],
  ['{"type":"pong","id":1,"at_ms":-1}', 'the event pong has no valid at_ms'],
  ['{"type":"pong","id":1,"at_ms":1e999}', 'the event pong has no valid at_ms'],
  [
    '{"type":"ready","session":"s","model":"m","upstream":"u","resume":"t"}',
    'the event ready has no valid resume',
  ],
  ['{"type":"error","code":"x"}', 'the event error has no valid message'],
];

test('a frame that cannot be believed is named and never thrown', () => {
  for (const [text, problem] of BAD) assert.deepEqual(parseEvent(text), { problem }, text);
});

test('a frame cut at any byte is a problem, not an exception', () => {
  for (const event of EXAMPLES) {
    const text = JSON.stringify(event);
    for (let end = 0; end < text.length; end++)
      assert.ok('problem' in parseEvent(text.slice(0, end)));
  }
});

test('the user token travels as a second subprotocol, or is refused if it cannot', () => {
  assert.deepEqual(subprotocols(''), ['livegate.v1']);
  assert.deepEqual(subprotocols('abc.DEF-1_2~'), ['livegate.v1', 'bearer.abc.DEF-1_2~']);
  for (const token of ['auth_tokens/0af', 'auth_tokens%2F0af'])
    assert.deepEqual(subprotocols(token), ['livegate.v1', 'bearer.auth_tokens%2F0af']);
  for (const token of ['a b', 'a,b', 'a=b', 'a/b', 'auth_tokens/a/b', 'a\nb', 'ü', '"'])
    assert.throws(() => subprotocols(token), RangeError);
});

test("the address is the page's own, secure where the page is", () => {
  assert.equal(liveUrl('http://localhost:8080/'), 'ws://localhost:8080/v1/live');
  assert.equal(liveUrl('https://voice.example/?x=1#token=t'), 'wss://voice.example/v1/live');
  assert.equal(liveUrl('https://example.org/talk/index.html'), 'wss://example.org/talk/v1/live');
});

test('the token comes from the fragment alone', () => {
  assert.equal(tokenOf('#token=abc'), 'abc');
  assert.equal(tokenOf('#x=1&token=a%2Eb'), 'a.b');
  assert.equal(tokenOf('#token=a+b'), 'a+b');
  assert.equal(tokenOf('#token=%'), '%');
  for (const none of ['', '#', '#tokens=1', '?token=abc']) assert.equal(tokenOf(none), '');
});

test('what is said is what the contract lists', () => {
  assert.deepEqual(JSON.parse(say.start({ rate: 16000 })), { type: 'start', rate: 16000 });
  assert.deepEqual(JSON.parse(say.text('a "b"')), { type: 'text', text: 'a "b"' });
  assert.deepEqual(JSON.parse(say.toolResult('c', { result: { ok: true } })), {
    type: 'tool_result',
    id: 'c',
    result: { ok: true },
  });
  assert.deepEqual(JSON.parse(say.toolResult('c', { error: 'no' })), {
    type: 'tool_result',
    id: 'c',
    error: 'no',
  });
  assert.deepEqual(JSON.parse(say.resume('Zk0v', 412)), {
    type: 'start',
    resume: 'Zk0v',
    received: 412,
  });
  assert.deepEqual(JSON.parse(say.ping(9, 412)), { type: 'ping', id: 9, received: 412 });
  assert.deepEqual(JSON.parse(say.ping(9)), { type: 'ping', id: 9 });
  assert.deepEqual(JSON.parse(say.image('image/jpeg', '/9j/')), {
    type: 'image',
    mime_type: 'image/jpeg',
    data: '/9j/',
  });
  assert.deepEqual(JSON.parse(say.playback(4800)), { type: 'playback', samples: 4800 });
  for (const type of /** @type {const} */ (['mute', 'unmute', 'interrupt', 'stop'])) {
    assert.deepEqual(JSON.parse(say[type]()), { type });
  }
});

test('every problem has words of its own, each a title and an advice', () => {
  const fatal = [
    'unauthorized',
    'origin_refused',
    'server_full',
    'start_timeout',
    'bad_start',
    'message_too_big',
    'too_slow',
  ];
  const own = [
    'microphone_refused',
    'microphone_missing',
    'microphone_in_use',
    'insecure_page',
    'unreachable',
  ];
  for (const code of [
    ...fatal,
    ...own,
    'upstream_refused',
    'upstream_unavailable',
    'model_silent',
    'busy',
    'internal',
  ]) {
    assert.ok(EXPLAINED.includes(code), code);
  }
  for (const code of EXPLAINED)
    assert.ok(explain(code).title.length > 10 && explain(code).advice.length > 10);
  assert.equal(explain('toString').title, 'Something went wrong');
});
