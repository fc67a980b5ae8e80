// @ts-check
// Draws the last ten seconds of the conversation on a canvas. Decides when to draw (one animation
// frame at a time; none while the plot is out of sight, the conversation is over, or a person asked
// for less motion and has just had one) and what goes where; what it shows is live_signals.js's.

import { FLOOR_DBFS, WINDOW_MS } from './live_signals.js';
import { SPEECH_RMS, dbfs } from '../lib/level.js';
import { byId, setText } from './dom.js';

/** Where the lanes stand, as in style.css (.live dl): top and height in CSS pixels. */
const LANES = Object.freeze({
  level: { top: 0, height: 38 },
  here: { top: 46, height: 12 },
  gateway: { top: 66, height: 12 },
  buffer: { top: 86, height: 34 },
});
const LABELS_EVERY_MS = 250;
const WORDS_EVERY_MS = 5_000;
/** With prefers-reduced-motion a picture a second, instead of one that flows. */
const CALM_EVERY_MS = 1_000;
const GRID_EVERY_MS = 2_000;
const COLOURS = ['line', 'soft', 'good', 'net', 'buffer', 'wait', 'fill', 'ink', 'panel'];

/** @typedef {{top: number, height: number}} Lane */

export class LivePlot {
  #frame = 0;
  #running = false;
  #visible = true;
  #drawnAt = -Infinity;
  #labelsAt = -Infinity;
  #wordsAt = -Infinity;
  /** @type {Record<string, string>} */
  #colours = {};

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./live_signals.js").LiveSignals} signals
   */
  constructor(canvas, signals) {
    this.canvas = canvas;
    this.signals = signals;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.calm = matchMedia('(prefers-reduced-motion: reduce)');
    new IntersectionObserver(([{ isIntersecting }]) => {
      this.#visible = isIntersecting;
      this.#next();
    }).observe(canvas);
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#resize());
  }

  /** @param {boolean} running whether there is a conversation */
  run(running) {
    if (running === this.#running) return;
    this.#running = running;
    if (!running) this.signals.rest(performance.now());
    this.#labelsAt = this.#wordsAt = -Infinity;
    this.#draw(performance.now());
    this.#next();
  }

  #next() {
    if (this.#frame !== 0 || !this.#running || !this.#visible) return;
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0;
      if (!this.calm.matches || now - this.#drawnAt >= CALM_EVERY_MS) this.#draw(now);
      this.#next();
    });
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    this.canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.canvas.height = Math.round(clientHeight * devicePixelRatio);
    const style = getComputedStyle(this.canvas);
    this.#colours = Object.fromEntries(
      COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
    );
    this.#draw(performance.now());
  }

  /** @param {number} now */
  #draw(now) {
    this.#drawnAt = now;
    this.#write(now);
    const { context, canvas, signals } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    const since = now - WINDOW_MS;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = (/** @type {number} */ atMs) => ((atMs - since) / WINDOW_MS) * width;
    this.#grid(width, x, now);
    this.#levels(x, since);
    this.#spans(signals.here, LANES.here, this.#colours.good, x, now);
    this.#spans(signals.gateway, LANES.gateway, this.#colours.net, x, now);
    this.#buffer(x, now);
  }

  /** @param {number} width @param {(atMs: number) => number} x @param {number} now */
  #grid(width, x, now) {
    const { context } = this;
    context.fillStyle = this.#colours.fill;
    for (const { top, height } of Object.values(LANES)) {
      context.beginPath();
      context.roundRect(0, top, width, height, 4);
      context.fill();
    }
    context.fillStyle = this.#colours.line;
    for (let back = GRID_EVERY_MS; back < WINDOW_MS; back += GRID_EVERY_MS) {
      for (const { top, height } of Object.values(LANES))
        context.fillRect(Math.round(x(now - back)), top, 1, height);
    }
  }

  /** @param {(atMs: number) => number} x @param {number} since */
  #levels(x, since) {
    const { context, signals, canvas } = this;
    const { top, height } = LANES.level;
    const bottom = top + height;
    const y = (/** @type {number} */ level) => bottom - height * (1 - level / FLOOR_DBFS);
    let last = -1;
    context.beginPath();
    signals.levels.forEach(since, (atMs, [level]) => {
      const at = Math.max(0, x(atMs));
      if (last < 0) context.moveTo(at, bottom);
      context.lineTo(at, y(level));
      last = at;
    });
    if (last >= 0) {
      context.lineTo(last, bottom);
      context.fillStyle = this.#colours.good;
      context.fill();
    }
    context.strokeStyle = this.#colours.soft;
    context.lineWidth = 1;
    context.setLineDash([2, 3]);
    line(context, 0, canvas.clientWidth, Math.round(y(dbfs(SPEECH_RMS))) + 0.5);
    context.setLineDash([]);
  }

  /**
   * @param {import("./history.js").SpanHistory} history
   * @param {Lane} lane
   * @param {string} colour
   * @param {(atMs: number) => number} x
   * @param {number} now
   */
  #spans(history, { top, height }, colour, x, now) {
    const { context } = this;
    context.fillStyle = colour;
    for (const { fromMs, toMs } of history.within(now - WINDOW_MS, now)) {
      context.beginPath();
      context.roundRect(x(fromMs), top, Math.max(1.5, x(toMs) - x(fromMs)), height, 3);
      context.fill();
    }
  }

  /** @param {(atMs: number) => number} x @param {number} now */
  #buffer(x, now) {
    const { context, signals } = this;
    const { top, height } = LANES.buffer;
    const since = now - WINDOW_MS;
    const bottom = top + height;
    const scale = signals.bufferScaleMs(since);
    const y = (/** @type {number} */ ms) => bottom - (height * ms) / scale;
    context.globalAlpha = 0.18;
    this.#spans(signals.sounding, LANES.buffer, this.#colours.buffer, x, now);
    context.globalAlpha = 1;
    context.fillStyle = this.#colours.buffer;
    context.beginPath(); // one for all: rectangles side by side would show their seams
    this.#steps(x, since, 0, (from, to, ms) => {
      context.rect(from, y(ms), to - from, bottom - y(ms));
    });
    context.fill();
    this.#aim(x, since, y);
    // Turned down: a bar along the top edge, which is where loudness would be.
    this.#spans(signals.ducked, { top, height: 5 }, this.#colours.wait, x, now);
    context.fillStyle = this.#colours.soft;
    context.font = '10px system-ui, sans-serif';
    context.textBaseline = 'top';
    context.fillText(`${scale} ms`, 5, top + 3);
  }

  /**
   * What the buffer aims at, dashed, with a rim that keeps it apart from what it lies upon.
   * @param {(atMs: number) => number} x
   * @param {number} since
   * @param {(ms: number) => number} y
   */
  #aim(x, since, y) {
    const { context } = this;
    let end = NaN;
    context.beginPath();
    this.#steps(x, since, 1, (from, to, ms) => {
      if (ms <= 0) return;
      if (from === end) context.lineTo(from, y(ms));
      else context.moveTo(from, y(ms));
      context.lineTo(to, y(ms));
      end = to;
    });
    context.strokeStyle = this.#colours.panel;
    context.lineWidth = 3;
    context.stroke();
    context.strokeStyle = this.#colours.ink;
    context.lineWidth = 1.25;
    context.setLineDash([4, 3]);
    context.stroke();
    context.setLineDash([]);
  }

  /**
   * Each report holds until the next one.
   * @param {(atMs: number) => number} x
   * @param {number} since
   * @param {number} which value
   * @param {(from: number, to: number, value: number) => void} draw
   */
  #steps(x, since, which, draw) {
    let from = NaN;
    let value = 0;
    this.signals.buffer.forEach(since, (atMs, values) => {
      const to = Math.max(0, x(atMs));
      if (to > from) draw(from, to, value);
      from = to;
      value = values[which];
    });
    if (this.#running && from >= 0) draw(from, this.canvas.clientWidth, value);
  }

  /** @param {number} now */
  #write(now) {
    if (now - this.#labelsAt >= LABELS_EVERY_MS) {
      this.#labelsAt = now;
      const labels = this.signals.labels();
      for (const [name, text] of Object.entries(labels)) {
        setText(byId(`live-${name}`), this.#running ? text : '–');
      }
    }
    if (now - this.#wordsAt >= WORDS_EVERY_MS) {
      this.#wordsAt = now;
      setText(byId('live-words'), this.#running ? this.signals.words() : 'Nothing is going on.');
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} from
 * @param {number} to
 * @param {number} y
 */
function line(context, from, to, y) {
  context.beginPath();
  context.moveTo(from, y);
  context.lineTo(to, y);
  context.stroke();
}
