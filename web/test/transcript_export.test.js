// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { TranscriptLog } from '../lib/transcript.js';
import { FORMATS, exportOf } from '../page/transcript_export.js';

/** A command, its tool, and a story that is cut off after "Once". */
function conversation() {
  let time = new Date(2026, 10, 30, 14, 3, 7).getTime();
  const log = new TranscriptLog(() => time);
  log.newSession();
  log.add('user', 1, 'dim the <hall> & more', 0);
  time += 500;
  log.note('set_light(room: "hall")');
  time += 1500;
  log.add('model', 1, 'Once upon a time', 0);
  log.cutOff(1, 24000);
  log.hear({ playing: false, playingTurn: 1, playedOf: [[1, 6000]], heardOf: [[1, 6000]] });
  return log.entries;
}

test('text has a line for each, with the time of day', () => {
  const { content, ending } = exportOf(conversation(), 'text');
  const [user, tool, model] = content.split('\n');
  assert.equal(ending, 'txt');
  assert.equal(user, '[14:03:07] You: dim the <hall> & more');
  assert.equal(tool, '[14:03:07] set_light(room: "hall")');
  assert.match(model, /^\[14:03:09\] Livegate: Once.* \[cut off\]$/);
  assert.ok(!model.includes('time'), 'what nobody heard');
});

test('JSON tells what was heard of a reply that was cut off', () => {
  const { turns } = JSON.parse(exportOf(conversation(), 'json').content);
  assert.equal(turns[0].cut_off, undefined);
  assert.equal(turns[2].text, 'Once upon a time');
  assert.equal(turns[2].cut_off, true);
  assert.ok(turns[2].heard.startsWith('Once') && turns[2].heard.length < turns[2].text.length);
  assert.equal(new Date(turns[2].at).getTime() - new Date(turns[0].at).getTime(), 2000);
});

test('subtitles follow each other from the beginning, without the tools', () => {
  const lines = exportOf(conversation(), 'vtt').content.split('\n');
  assert.equal(lines[0], 'WEBVTT');
  assert.equal(lines[2], '00:00:00.000 --> 00:00:01.400', '21 characters');
  assert.equal(lines[3], '<v You>dim the &lt;hall> &amp; more');
  assert.match(lines[5], /^00:00:02\.000 --> /);
  assert.match(lines[6], /^<v Livegate>Once/);
});

test('nothing said is an empty file of each kind', () => {
  for (const format of FORMATS) assert.equal(typeof exportOf([], format).content, 'string');
  assert.equal(exportOf([], 'text').content, '');
  assert.deepEqual(JSON.parse(exportOf([], 'json').content).turns, []);
});
