// Draws the table of run.mjs as an SVG that stands in the documentation: delay above, underruns
// below, one column for each sender, one line for each player. Light and dark follow the reader.

const WIDTH = 960;
const HEIGHT = 620;
const PANEL = { width: 250, height: 190 };
const LEFT = 70;
const TOP = 86;
const COLUMN = 296;
const ROW = 256;
const DELAY_MAX_MS = 600;
/** Underruns per 1000 replies, drawn as a logarithm that reaches zero. */
const UNDERRUN_TICKS = [0, 1, 10, 100, 1000, 10000];
const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'cross'];

const STYLE = `
  svg { --ink: #1d2330; --soft: #667085; --line: #d6dae2; --paper: #ffffff;
    --c0: #0b63ce; --c1: #b45309; --c2: #15803d; --c3: #7c3aed; --c4: #be123c; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e8ebf2; --soft: #9aa4b8; --line: #333b4d; --paper: #12161f;
      --c0: #6cb0ff; --c1: #f0a34a; --c2: #5ccb86; --c3: #b79bff; --c4: #ff7d96; }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--soft); }
  .title { font-size: 15px; font-weight: 600; fill: var(--ink); }
  .head { font-weight: 600; fill: var(--ink); }
  .grid { stroke: var(--line); stroke-width: 1; }
  .series { fill: none; stroke-width: 2; }`;

const delayY = (ms) => PANEL.height * (1 - Math.min(DELAY_MAX_MS, ms) / DELAY_MAX_MS);
const logOf = (perThousand) => Math.log10(1 + perThousand);
const underrunY = (perThousand) =>
  PANEL.height * (1 - logOf(perThousand) / logOf(UNDERRUN_TICKS.at(-1)));

/**
 * @param {object[]} rows of run.mjs
 * @param {Record<string, {title: string}>} players
 * @param {Record<string, {title: string}>} senders
 * @returns {string}
 */
export function plot(rows, players, senders) {
  const parts = [];
  Object.keys(senders).forEach((sender, column) => {
    const of = rows.filter((row) => row.sender === sender);
    const x = LEFT + column * COLUMN;
    parts.push(text(x, TOP - 14, headOf(senders[sender].title), 'head'));
    const delay = { x, y: TOP, ticks: [0, 100, 200, 300, 400, 500, 600], place: delayY };
    parts.push(panel(delay, of, players, (row) => row.delay_ms.mean));
    const lower = { x, y: TOP + ROW, ticks: UNDERRUN_TICKS, place: underrunY };
    parts.push(panel(lower, of, players, (row) => (1000 * row.underruns) / row.replies));
  });
  const axes = [
    sideways(18, TOP + PANEL.height / 2, 'mean delay, ms'),
    sideways(18, TOP + ROW + PANEL.height / 2, 'underruns per 1000 replies'),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"`,
    '  aria-label="Mean delay and underruns of five players at four strengths of jitter">',
    `<style>${STYLE}\n</style>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="8" fill="var(--paper)"/>`,
    text(24, 34, 'Playback under jitter: delay above, underruns below', 'title'),
    ...axes,
    ...parts,
    legend(players),
    text(24, 52, 'Delay is cut at 600 ms. Seams between chained sources are no underruns here.'),
    '</svg>\n',
  ].join('\n');
}

function panel({ x, y, ticks, place }, rows, players, valueOf) {
  const jitters = [...new Set(rows.map((row) => row.jitter_ms))];
  const columnX = (index) => x + 20 + (index * (PANEL.width - 40)) / (jitters.length - 1);
  const parts = ticks.map((tick) => {
    const at = y + place(tick);
    const grid = `<path class="grid" d="M${x} ${at.toFixed(1)}h${PANEL.width}"/>`;
    return `${grid}${text(x - 6, at + 4, String(tick), '', 'end')}`;
  });
  jitters.forEach((jitter, index) => {
    parts.push(text(columnX(index), y + PANEL.height + 18, `${jitter} ms`, '', 'middle'));
  });
  // Ours last, on top of the others.
  const order = Object.keys(players).map((player, index) => ({ player, index }));
  for (const { player, index } of order.reverse()) {
    const points = jitters.map((jitter, at) => {
      const row = rows.find((one) => one.player === player && one.jitter_ms === jitter);
      return [columnX(at), y + place(valueOf(row))];
    });
    const d = points.map(([px, py], i) => `${i ? 'L' : 'M'}${px.toFixed(1)} ${py.toFixed(1)}`);
    const style = `stroke="var(--c${index})"${index === 0 ? ' stroke-width="3"' : ''}`;
    parts.push(`<path class="series" ${style} d="${d.join('')}"/>`);
    for (const [px, py] of points) parts.push(mark(index, px, py));
  }
  return parts.join('\n');
}

function mark(index, x, y) {
  const [px, py] = [x.toFixed(1), y.toFixed(1)];
  const fill = `fill="var(--c${index})"`;
  switch (SHAPES[index]) {
    case 'circle':
      return `<circle cx="${px}" cy="${py}" r="5" ${fill}/>`;
    case 'square':
      return `<path d="M${px} ${py}m-4 -4h8v8h-8z" ${fill}/>`;
    case 'triangle':
      return `<path d="M${px} ${py}m0 -5l5 9h-10z" ${fill}/>`;
    case 'diamond':
      return `<path d="M${px} ${py}m0 -5l5 5l-5 5l-5 -5z" ${fill}/>`;
    default: {
      const pen = `stroke="var(--c${index})" stroke-width="2.5"`;
      return `<path d="M${px} ${py}m-4 -4l8 8m0 -8l-8 8" ${pen} fill="none"/>`;
    }
  }
}

function legend(players) {
  return Object.values(players)
    .map(({ title }, index) => {
      const x = [70, 190, 330, 470, 680][index];
      return `${mark(index, x, HEIGHT - 28)}${text(x + 12, HEIGHT - 24, title)}`;
    })
    .join('\n');
}

/** Up to the colon. */
const headOf = (title) => title.split(':')[0];

function text(x, y, words, className = '', anchor = 'start') {
  const kind = className ? ` class="${className}"` : '';
  const place = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${kind}${place}>${words}</text>`;
}

function sideways(x, y, words) {
  const turn = `transform="rotate(-90 ${x} ${y})"`;
  return `<text x="${x}" y="${y}" text-anchor="middle" ${turn}>${words}</text>`;
}
