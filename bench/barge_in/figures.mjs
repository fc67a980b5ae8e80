// Turns measurements into what is printed: median, percentiles, a table.

/** @param {number[]} values */
export const sorted = (values) => values.filter(Number.isFinite).sort((a, b) => a - b);

/** The smallest value that at least `share` of all do not exceed. */
export function percentile(values, share) {
  const all = sorted(values);
  return all[Math.max(0, Math.ceil(share * all.length) - 1)];
}

export const median = (values) => percentile(values, 0.5);

/** @param {number[]} values */
export function summaryOf(values) {
  const all = sorted(values);
  return {
    count: all.length,
    p50: percentile(all, 0.5),
    p95: percentile(all, 0.95),
    least: all[0],
    most: all.at(-1),
  };
}

const ms = (value) => (value === undefined ? '-' : value.toFixed(1)).padStart(8);

/** What run.mjs found, for a terminal. */
export function table(result) {
  const row = (name, { p50, p95, least, most }) =>
    `${name.padEnd(34)}${ms(p50)}${ms(p95)}${ms(least)}${ms(most)}`;
  const { duckMs, stopMs, shares, skipped } = result;
  const lines = [
    `${duckMs.count} barge-ins of ${result.runs}, in ms from the first sample of speech`,
    `${''.padEnd(34)}     p50     p95   least    most`,
    row('duck: output 10 dB down', duckMs),
    row('stop: silence', stopMs),
    '',
    'where the time goes',
    ...Object.entries(shares).map(([name, figures]) => row(`  ${name}`, figures)),
    '',
    `the output latency among them, as the browser states it: ${ms(result.outputLatencyMs)} ms`,
    `holes in the rendered audio (an overloaded machine): ${result.holes}`,
  ];
  for (const reason of new Set(skipped))
    lines.push(`not counted, ${reason}: ${skipped.filter((one) => one === reason).length}`);
  return lines.join('\n');
}
