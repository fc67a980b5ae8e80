// @ts-check
// What the live plot shows, gathered from the client's events: the microphone's level, speech as
// this page and as the gateway hear it, what waits to be played, and when it was turned down.
// Decides what is remembered and how it is put in words; drawing is live_plot.js's.

import { SpanHistory, ValueHistory } from './history.js';
import { dbfs } from '../lib/level.js';
import { formatMs } from '../lib/latency.js';

export const WINDOW_MS = 10_000;
export const FLOOR_DBFS = -60;
/** 50 packets a second, and a little more for the line's end. */
const LEVELS_MAX = 600;
/** 10 reports a second and one for each change. */
const REPORTS_MAX = 300;
/** Speech that changes its mind five times a second for the whole window. */
const SPANS_MAX = 60;
/** The buffer's scale: what it never goes below, and in steps of what it grows. */
const SCALE_MIN_MS = 200;
const SCALE_STEP_MS = 100;

export class LiveSignals {
  constructor() {
    this.levels = new ValueHistory(LEVELS_MAX); // dBFS
    this.buffer = new ValueHistory(REPORTS_MAX, 2); // waiting ms, aimed at ms
    this.here = new SpanHistory(SPANS_MAX);
    this.gateway = new SpanHistory(SPANS_MAX);
    this.sounding = new SpanHistory(SPANS_MAX);
    this.ducked = new SpanHistory(SPANS_MAX);
    this.now = { levelDbfs: FLOOR_DBFS, delayMs: 0, targetMs: 0 };
  }

  /**
   * @param {number} atMs
   * @param {{rms: number, speech?: boolean}} packet of the microphone
   */
  level(atMs, { rms, speech = false }) {
    this.now.levelDbfs = Math.max(FLOOR_DBFS, dbfs(rms));
    this.levels.add(atMs, this.now.levelDbfs);
    this.here.set(atMs, speech);
  }

  /** @param {number} atMs the microphone sends no more */
  micOff(atMs) {
    this.now.levelDbfs = FLOOR_DBFS;
    this.levels.add(atMs, FLOOR_DBFS);
    this.here.set(atMs, false);
  }

  /**
   * @param {number} atMs
   * @param {{playing: boolean, delayMs?: number, targetMs?: number, ducked?: boolean}} report
   */
  playback(atMs, { playing, delayMs = 0, targetMs = 0, ducked = false }) {
    this.now.delayMs = playing ? delayMs : 0;
    this.now.targetMs = targetMs;
    this.buffer.add(atMs, this.now.delayMs, targetMs);
    this.sounding.set(atMs, playing);
    this.ducked.set(atMs, playing && ducked);
  }

  /** @param {number} atMs the conversation is over: nothing is so any more */
  rest(atMs) {
    this.micOff(atMs);
    this.gateway.set(atMs, false);
    this.playback(atMs, { playing: false });
  }

  /**
   * How many milliseconds the buffer's lane is high: enough for all it shows, in round steps.
   * @param {number} sinceMs
   */
  bufferScaleMs(sinceMs) {
    let most = 0;
    this.buffer.forEach(sinceMs, (_, [delayMs, targetMs]) => {
      most = Math.max(most, delayMs, targetMs);
    });
    return Math.max(SCALE_MIN_MS, SCALE_STEP_MS * Math.ceil(most / SCALE_STEP_MS));
  }

  /** Each lane's present state, in a word or two. */
  labels() {
    const { levelDbfs, delayMs, targetMs } = this.now;
    const speech = (/** @type {SpanHistory} */ heard) => (heard.open ? 'speech' : 'silence');
    const buffer = `${formatMs(delayMs)}${targetMs > 0 ? ` of ${formatMs(targetMs)}` : ''}`;
    return {
      level: levelDbfs <= FLOOR_DBFS ? 'silent' : `${decibels(levelDbfs)} dBFS`,
      here: speech(this.here),
      gateway: speech(this.gateway),
      buffer: this.sounding.open ? buffer : 'empty',
    };
  }

  /** The plot, for those who do not see it. */
  words() {
    const { levelDbfs, delayMs, targetMs } = this.now;
    const level =
      levelDbfs <= FLOOR_DBFS ? 'silent' : `${Math.round(-levelDbfs)} decibels below full scale`;
    const heard =
      this.here.open && this.gateway.open
        ? 'This page and the gateway hear speech'
        : this.here.open
          ? 'This page hears speech'
          : this.gateway.open
            ? 'The gateway hears speech'
            : 'No speech is heard';
    const aim = targetMs > 0 ? `, aimed at ${formatMs(targetMs)}` : '';
    const down = this.ducked.open ? ', turned down' : '';
    const reply = this.sounding.open
      ? `A reply plays${down}, with ${formatMs(delayMs)} of it waiting${aim}`
      : 'No reply plays';
    return `The microphone is ${level}. ${heard}. ${reply}.`;
  }
}

/** @param {number} dbfsValue @returns {string} with a real minus */
function decibels(dbfsValue) {
  const rounded = Math.round(dbfsValue);
  return rounded < 0 ? `−${-rounded}` : '0';
}
