// Turns measurements into medians and percentiles, for every bench.

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
