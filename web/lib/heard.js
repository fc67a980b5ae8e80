// @ts-check
// What of the replies has reached the ear. The worklet reports what it has rendered; the device
// plays it some tens of milliseconds later. Decides, from the reports and the time at which the
// device stands, how many samples of which turn are audible; leaves to others to know that time.

const MARKS_MAX = 64; // 6 s of reports: more than any device buffers

/**
 * @typedef {object} Mark
 * @property {number} until context time up to which `played` counts, seconds
 * @property {number} played
 * @property {readonly (readonly [number, number])[]} playedOf
 */

export class HeardClock {
  constructor() {
    this.session = -1;
    /** @type {Mark[]} in the order of time */
    this.marks = [];
  }

  /** @param {Mark & {session: number}} report */
  note({ session, until, played, playedOf }) {
    if (session !== this.session) this.marks = [];
    this.session = session;
    const last = this.marks[this.marks.length - 1];
    if (last && until <= last.until) this.marks.pop();
    this.marks.push({ until, played, playedOf });
    if (this.marks.length > MARKS_MAX) this.marks.shift();
  }

  /**
   * What is audible when the device plays what the context rendered for `time`. Between two
   * reports the samples are taken as evenly spread: reports come where sound starts and stops.
   * @param {number} time context time, seconds
   * @returns {{heard: number, heardOf: [number, number][], complete: boolean}} `complete`: all
   *   that was rendered has been heard
   */
  at(time) {
    const { marks } = this;
    let next = marks.findIndex(({ until }) => until > time);
    const complete = next < 0;
    if (complete) next = marks.length - 1;
    if (next < 0) return { heard: 0, heardOf: [], complete: true };
    const to = marks[next];
    const from = marks[next - 1] ?? { until: to.until, played: 0, playedOf: [] };
    const span = to.until - from.until;
    const part = complete ? 1 : span > 0 ? Math.max(0, (time - from.until) / span) : 0;
    const before = new Map(from.playedOf);
    const between = (/** @type {number} */ a, /** @type {number} */ b) =>
      Math.round(a + (b - a) * part);
    return {
      heard: between(from.played, to.played),
      heardOf: to.playedOf.map(([turn, count]) => [turn, between(before.get(turn) ?? 0, count)]),
      complete,
    };
  }
}
