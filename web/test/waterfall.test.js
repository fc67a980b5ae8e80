import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  COLUMNS,
  axisOf,
  barsOf,
  exportName,
  fineMs,
  percentile,
  rowOf,
  rowWords,
  stepFigure,
  typicalRow,
} from '../page/waterfall.js';
import { MEASURES } from '../lib/latency.js';

const WHOLE = [
  ['decision', 500],
  ['model', 200],
  ['gateway', 0.5],
  ['network', 2],
  ['buffer', 60],
  ['speaker', 20],
];

/** A turn that begins at 8000 ms of the page's clock. */
function entry({ turn = 3, steps = WHOLE, typed = false, cutOff = false, measures = {} } = {}) {
  let at = 8000;
  const placed = steps.map(([name, ms]) => ({ name, from_ms: at, to_ms: (at += ms) }));
  return { turn, session: 1, typed, cut_off: cutOff, steps: placed, measures };
}

test('the columns are the steps of the timeline, in their order', () => {
  assert.deepEqual(
    COLUMNS.map(({ name }) => name),
    WHOLE.map(([name]) => name),
  );
  for (const { label } of COLUMNS) assert.ok(label.length <= 8, label);
});

test("a row counts from its own beginning, whatever the page's clock says", () => {
  const row = rowOf(entry());
  assert.equal(row.totalMs, 782.5);
  assert.deepEqual(row.spans[1], { name: 'model', atMs: 500, ms: 200 });
  assert.deepEqual([row.title, row.tags], ['Turn 3', []]);
});

test('a gap between two steps stays a gap', () => {
  const gap = entry();
  gap.steps[5].from_ms += 100;
  gap.steps[5].to_ms += 100;
  const { bars } = barsOf(rowOf(gap), axisOf([1000]));
  assert.equal(bars[5].left - (bars[4].left + bars[4].width) > 9.9, true);
  assert.equal(rowOf(gap).totalMs, 882.5);
});

test('steps that came out negative or in another order do no harm', () => {
  const odd = entry();
  [odd.steps[0], odd.steps[5]] = [odd.steps[5], odd.steps[0]];
  const network = odd.steps.find(({ name }) => name === 'network');
  network.to_ms = network.from_ms - 3;
  const row = rowOf(odd);
  assert.deepEqual(
    row.spans.map(({ name }) => name),
    WHOLE.map(([name]) => name),
  );
  assert.equal(row.spans[3].ms, 0);
});

test('a typed turn begins with the model, a cut-off one says so', () => {
  const row = rowOf(entry({ steps: WHOLE.slice(1), typed: true, cutOff: true }));
  assert.equal(row.spans[0].atMs, 0);
  assert.deepEqual(row.tags, ['typed', 'cut off']);
  assert.equal(stepFigure(row, 'decision'), '–');
});

test('a turn of which nothing is known yet is a row without bars', () => {
  const row = rowOf(entry({ steps: [] }));
  assert.equal(row.totalMs, 0);
  assert.deepEqual(barsOf(row, axisOf([0])).bars, []);
  assert.match(rowWords(row, MEASURES), /^Turn 3: nothing was heard of it\.$/);
});

test('percentiles are values that occurred', () => {
  assert.equal(percentile([], 50), null);
  assert.equal(percentile([7], 95), 7);
  assert.equal(percentile([4, 1, 3, 2], 50), 2);
  assert.equal(percentile([...Array(100).keys()], 95), 94);
});

test('what is typical puts the typical steps one after another', () => {
  const rows = [100, 300, 200].map((ms) =>
    rowOf(
      entry({
        steps: [
          ['decision', 500],
          ['model', ms],
        ],
      }),
    ),
  );
  const typed = rowOf(entry({ steps: [['model', 400]], typed: true }));
  const row = typicalRow('p50', [...rows, typed], 50);
  assert.deepEqual(row.spans, [
    { name: 'decision', atMs: 0, ms: 500 },
    { name: 'model', atMs: 500, ms: 200 },
  ]);
  assert.equal(row.totalMs, 600, 'of the totals, not the sum of the steps');
  assert.deepEqual(typicalRow('p95', [], 95).spans, []);
});

test('the axis ends on a round number that holds every row', () => {
  for (const longest of [3, 99, 100, 101, 420, 782.5, 999, 1000, 1001, 2400, 30_000]) {
    const { maxMs, tickMs, ticks } = axisOf([longest, longest / 2]);
    assert.ok(maxMs >= longest, `${maxMs} holds ${longest}`);
    assert.ok(maxMs <= Math.max(100, 2 * longest), `${maxMs} wastes little on ${longest}`);
    assert.ok(ticks.length >= 3 && ticks.length <= 7, `${ticks.length} ticks for ${longest}`);
    assert.deepEqual([ticks[0], ticks.at(-1)], [0, maxMs]);
    assert.ok(Number.isInteger(tickMs), `a tick of ${tickMs}`);
  }
});

test('one slow turn runs off the axis and does not squeeze the others', () => {
  const totals = [...Array(19).fill(800), 9000];
  const axis = axisOf(totals);
  assert.equal(axis.maxMs, 1250);
  const slow = rowOf(
    entry({
      steps: [
        ['decision', 500],
        ['model', 8500],
      ],
    }),
  );
  const { bars, beyond } = barsOf(slow, axis);
  assert.equal(beyond, true);
  assert.equal(bars[1].left + bars[1].width, 100);
  const quick = barsOf(rowOf(entry()), axis);
  assert.equal(quick.beyond, false);
});

test('a step behind the end of the axis has no width', () => {
  const row = rowOf(
    entry({
      steps: [
        ['model', 500],
        ['buffer', 10],
      ],
    }),
  );
  assert.deepEqual(barsOf(row, { maxMs: 100, tickMs: 50, ticks: [0, 50, 100] }).bars[1], {
    name: 'buffer',
    left: 100,
    width: 0,
  });
});

test('a row reads as a sentence', () => {
  const measures = { first_packet_ms: 190, end_to_end_ms: 702.5 };
  assert.equal(
    rowWords(rowOf(entry({ cutOff: true, measures })), MEASURES),
    'Turn 3, cut off: 783 ms in all; decision 500 ms, model 200 ms, gateway 0.5 ms, ' +
      'network 2 ms, buffer 60 ms, speaker 20 ms. ' +
      'First packet response 190 ms, End-to-end latency 703 ms.',
  );
});

test('the gateway takes microseconds, and they are said', () => {
  assert.deepEqual([0, 0.0004, 0.021, 0.1, 0.26, 12].map(fineMs), [
    '0 ms',
    '1 µs',
    '21 µs',
    '0.1 ms',
    '0.3 ms',
    '12 ms',
  ]);
});

test('the export is named after the moment', () => {
  assert.equal(
    exportName(new Date(2026, 2, 1, 14, 5, 9)),
    'livegate-timeline-2026-03-01-140509.json',
  );
});
