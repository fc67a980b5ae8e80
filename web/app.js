// @ts-check
// The page: a thin view of one conversation and one home. Decides nothing that a module of lib/
// could decide; binds the client's events to the elements of index.html and the elements' events
// to the client.

import { LivegateClient } from './lib/livegate_client.js';
import { BrowserMicrophone } from './lib/microphone.js';
import { BrowserSpeaker } from './lib/speaker.js';
import { Home, TEMPERATURE_MAX, TEMPERATURE_MIN, TOOLS } from './page/home.js';
import { LatencyLog, MEASURES, SHARES, formatMs } from './lib/latency.js';
import { SPEECH_RMS, dbfs, meterPosition } from './lib/level.js';
import { NOTHING_HEARD, TranscriptLog, heardParts } from './lib/transcript.js';
import { explain } from './page/explain.js';
import { distanceWords, linkWords, phaseOf, statusWords } from './page/status.js';
import { liveUrl, tokenOf } from './lib/protocol.js';

const EXAMPLES = [
  'Dim the living room lights',
  'Tell me a story',
  'Turn on the bedroom light',
  'What time is it',
  'Set the temperature to twenty four degrees',
];
const REPORTS_MAX = 2000;

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

const home = new Home();
const speaker = new BrowserSpeaker();
const transcript = new TranscriptLog();
const latency = new LatencyLog();
const client = new LivegateClient({
  url: liveUrl(document.baseURI),
  token: () => tokenOf(location.hash),
  tools: TOOLS,
  onToolCall: (name, args) => home.execute(name, args),
  microphone: new BrowserMicrophone(),
  speaker,
  probe: async () => (await fetch(new URL('healthz', document.baseURI))).ok,
});

/** What the worklet really rendered, for whoever wants to measure. */
const playback = {
  last: /** @type {any} */ (null),
  reports: /** @type {any[]} */ ([]),
  flushes: /** @type {any[]} */ ([]),
};
Object.assign(window, { livegate: { client, home, speaker, transcript, latency, playback } });

/** @param {string} type @param {(detail: any) => void} action */
const on = (type, action) =>
  client.addEventListener(type, (event) => action(/** @type {CustomEvent} */ (event).detail));

// ------------------------------------------------------------------------------ state in words

/** What the words at the top and beside the button are made of. */
const view = {
  upstream: '',
  model: '',
  roundTripMs: -1,
  retry: /** @type {any} */ (null),
  hearing: false,
  waiting: false,
  speaking: false,
};

function drawState() {
  const situation = { ...view, state: client.state, microphone: client.microphoneState };
  const running = ['connecting', 'ready', 'reconnecting'].includes(client.state);
  byId('link').dataset.state = client.state;
  setText(byId('link-words'), linkWords(situation));
  setText(byId('link-more'), distanceWords(situation));
  setText(byId('status'), statusWords(situation));
  document.body.dataset.phase = phaseOf(situation);
  byId('toggle').classList.toggle('on', running);
  setText(byId('toggle-words'), running ? 'Stop' : 'Start talking');
  const { microphoneState } = client;
  byId('mute').disabled = client.state === 'connecting' || !running || microphoneState === 'asking';
  setText(
    byId('mute'),
    running && microphoneState === 'off'
      ? 'Turn mic on'
      : microphoneState === 'muted'
        ? 'Unmute'
        : 'Mute',
  );
  byId('interrupt').disabled = !view.speaking || client.state !== 'ready';
}

/**
 * Live regions are read out when they are written to: write only what changed.
 * @param {HTMLElement} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

on('state', ({ state, previous }) => {
  if (state === 'connecting') hideProblem();
  if (state !== 'ready') Object.assign(view, { hearing: false, waiting: false });
  if (state === 'ready' && previous === 'reconnecting') view.retry = null;
  if (state === 'closed' || state === 'failed') {
    Object.assign(view, { roundTripMs: -1, retry: null });
    byId('notice').hidden = true;
  }
  drawState();
});
on('microphone', ({ state }) => {
  if (state !== 'on') drawLevel(0);
  if (state === 'on') hideProblem();
  drawState();
});
on('ready', ({ upstream, model, notice }) => {
  transcript.newSession();
  heardSoFar = NOTHING_HEARD;
  Object.assign(view, { upstream, model });
  byId('notice').textContent = notice ?? '';
  byId('notice').hidden = !notice;
  drawState();
});
on('reconnecting', (retry) => {
  view.retry = retry;
  drawState();
});
on('reconnected', ({ resumed, dropped_ms: droppedMs }) => {
  const lost = droppedMs > 0 ? ` ${formatMs(droppedMs)} of speech did not fit the buffer.` : '';
  note(
    resumed
      ? `Reconnected; the conversation goes on.${lost}`
      : `Reconnected to a new conversation.${lost}`,
  );
});
on('bye', ({ reason }) => {
  if (reason !== 'stopped')
    note(`The gateway ended the conversation: ${reason || 'no reason given'}.`);
});
on('round_trip', ({ ms }) => {
  view.roundTripMs = ms;
  drawState();
});
on('speech_started', () => {
  Object.assign(view, { hearing: true, waiting: false });
  drawState();
});
on('speech_ended', () => {
  Object.assign(view, { hearing: false, waiting: true });
  drawState();
});
on('turn_complete', () => {
  view.waiting = false;
  drawState();
});

on('problem', ({ code, message }) => {
  const { title, advice } = explain(code);
  byId('problem-title').textContent = title;
  byId('problem-advice').textContent = advice;
  byId('problem-detail').textContent = `(${code}: ${message})`;
  byId('problem').hidden = false;
});
function hideProblem() {
  byId('problem').hidden = true;
}

// ------------------------------------------------------------------------------------ controls

byId('toggle').addEventListener('click', () => {
  if (['connecting', 'ready', 'reconnecting'].includes(client.state)) client.stop();
  else client.start();
});
byId('mute').addEventListener('click', () => {
  if (client.microphoneState === 'off') client.openMicrophone();
  else client.setMuted(client.microphoneState === 'on');
});
byId('interrupt').addEventListener('click', () => client.interrupt());
byId('problem-dismiss').addEventListener('click', hideProblem);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && view.speaking) client.interrupt();
});

byId('composer').addEventListener('submit', async (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const line = byId('line');
  if (await say(line.value.trim())) line.value = '';
});

/**
 * Says a typed line, in a conversation without microphone if there is none yet.
 * @param {string} text
 */
async function say(text) {
  if (
    text === '' ||
    (await client.start({ microphone: false })) !== 'ready' ||
    !client.sendText(text)
  )
    return false;
  transcript.typed(text);
  view.waiting = true;
  drawTranscript();
  drawState();
  return true;
}

for (const example of EXAMPLES) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = example;
  button.addEventListener('click', () => say(example));
  byId('examples').append(document.createElement('li'));
  byId('examples').lastChild.append(button);
}

/** @param {number} rms */
function drawLevel(rms) {
  const meter = byId('meter');
  const level = Math.max(-60, Math.round(dbfs(rms)));
  meter.style.setProperty('--level', meterPosition(rms).toFixed(3));
  meter.setAttribute('aria-valuenow', String(level));
  meter.setAttribute(
    'aria-valuetext',
    client.microphoneState === 'on' ? `${level} decibels` : client.microphoneState,
  );
}
byId('meter').style.setProperty('--mark', meterPosition(SPEECH_RMS).toFixed(3));
on('level', ({ rms }) => drawLevel(client.microphoneState === 'on' ? rms : 0));

// ---------------------------------------------------------------------------------- transcript

/** @type {Map<number, HTMLLIElement>} */
const drawn = new Map();
/** @type {import("./lib/transcript.js").Heard} */
let heardSoFar = NOTHING_HEARD;

function drawTranscript() {
  const scroll = byId('scroll');
  const follow = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
  const kept = new Set(transcript.entries.map((entry) => entry.id));
  for (const [id, line] of drawn) {
    if (!kept.has(id)) {
      line.remove();
      drawn.delete(id);
    }
  }
  transcript.entries.forEach((entry, index) => {
    let line = drawn.get(entry.id);
    if (!line) {
      line = newLine(entry);
      drawn.set(entry.id, line);
      byId('lines').insertBefore(line, byId('lines').children[index] ?? null);
    }
    const said = /** @type {HTMLElement} */ (line.querySelector('.said'));
    // Parts are only ever added: a live region reads out what is new and nothing twice.
    for (const { text } of entry.parts.slice(said.childElementCount)) said.append(span('', text));
    if (entry.cutOff && !line.classList.contains('cut')) {
      line.classList.add('cut');
      line.append(span('tag', 'cut off'));
    }
  });
  drawHeard();
  byId('empty').hidden = transcript.entries.length > 0;
  if (follow) scroll.scrollTop = scroll.scrollHeight;
}

/** What the loudspeaker has yet to say is paler; of a reply that was cut off it stays so. */
function drawHeard() {
  for (const entry of transcript.entries) {
    if (entry.role !== 'model' || entry.session !== transcript.session) continue;
    const heard = speaker.node ? heardParts(entry, heardSoFar) : entry.parts.length;
    const parts = drawn.get(entry.id)?.querySelector('.said')?.children ?? [];
    [...parts].forEach((part, index) => part.classList.toggle('ahead', index >= heard));
  }
}

/** @param {import("./lib/transcript.js").Entry} entry */
function newLine(entry) {
  const line = document.createElement('li');
  line.className = entry.role;
  if (entry.role !== 'note') line.append(span('who', entry.role === 'user' ? 'You' : 'Livegate'));
  line.append(span('said', ''));
  return line;
}

/** @param {string} className @param {string} text */
function span(className, text) {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

/** @param {string} text */
function note(text) {
  transcript.note(text);
  drawTranscript();
}

on('transcript', ({ role, turn, text }) => {
  const { received } = client;
  transcript.add(role, turn, text, received.turn === turn ? received.samples : 0);
  drawTranscript();
});
on('text', ({ turn, text }) => {
  transcript.add('model', turn, text);
  drawTranscript();
});
on('interrupted', ({ turn }) => {
  transcript.cutOff(turn);
  drawTranscript();
});
on('turn_complete', ({ turn, cut_off: cut }) => {
  if (cut) {
    transcript.cutOff(turn);
    drawTranscript();
  }
});
on('tool_done', ({ name, args, outcome }) => {
  const given = Object.entries(args)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(', ');
  note(`${name}(${given})${'error' in outcome ? ` failed: ${outcome.error}` : ''}`);
});

// ----------------------------------------------------------------------------------- the house

function drawHome() {
  for (const element of document.querySelectorAll('[data-room]')) {
    const part = /** @type {HTMLElement} */ (element);
    const light = home.lightOf(/** @type {any} */ (part.dataset.room));
    part.style.setProperty('--light', String(light));
    // Eyes, too, see half the light as more than half.
    part.style.setProperty('--seen', (light ** 0.6).toFixed(3));
    const state = /** @type {HTMLElement | null} */ (part.querySelector('.state'));
    if (state) setText(state, light > 0 ? `${Math.round(light * 100)} %` : 'off');
  }
  const heat = (home.temperature - TEMPERATURE_MIN) / (TEMPERATURE_MAX - TEMPERATURE_MIN);
  byId('thermostat').style.setProperty('--heat', heat.toFixed(3));
  setText(byId('degrees'), String(home.temperature));
}
home.addEventListener('change', drawHome);

// --------------------------------------------------------------------------- latency, playback

/** @type {{turn: number, at: number}} */
let firstAudio = { turn: 0, at: 0 };
on('first_audio', ({ turn }) => {
  firstAudio = { turn, at: performance.now() };
});

on('playback', (report) => {
  playback.last = report;
  heardSoFar = report;
  playback.reports.push(report);
  if (playback.reports.length > REPORTS_MAX) playback.reports.shift();
  if (report.cause === 'flushed') playback.flushes.push({ ...report.lastFlush, time: report.time });
  if (report.cause === 'started' && report.playingTurn === firstAudio.turn) {
    const waited = performance.now() - firstAudio.at + 1000 * speaker.outputLatency;
    latency.record(report.playingTurn, { playback_ms: waited });
    drawLatency();
  }
  drawHeard();
  view.speaking = report.playing;
  if (report.playing) view.waiting = false;
  byId('speaker').style.setProperty(
    '--voice',
    report.playing ? meterPosition(report.rms, -45).toFixed(2) : '0',
  );
  drawState();
});
on('turn_complete', ({ turn, latency: figures = {} }) => {
  latency.record(turn, figures);
  drawLatency();
});

function drawLatency() {
  byId('measures').replaceChildren(
    ...MEASURES.map((measure) => {
      const summary = latency.summary(measure.field);
      const typical =
        summary && summary.count > 1
          ? `median ${formatMs(summary.p50)}, p95 ${formatMs(summary.p95)}`
          : '';
      return figure(measure, span('', typical), 'small');
    }),
  );
  byId('shares').replaceChildren(...SHARES.map((share) => figure(share, null, '')));
}

/**
 * @param {import("./lib/latency.js").Measure} measure
 * @param {HTMLElement | null} more
 * @param {string} tag
 */
function figure({ field, label, hint }, more, tag) {
  const group = document.createElement('div');
  const term = document.createElement('dt');
  const value = document.createElement('dd');
  const known = latency.last[field];
  group.title = hint;
  term.textContent = label;
  value.append(known === undefined ? span('none', '–') : formatMs(known));
  if (more) {
    const small = document.createElement(tag);
    small.append(more);
    value.append(small);
  }
  group.append(term, value);
  return group;
}

drawHome();
drawLatency();
drawState();
// What changes from here on changes slowly.
requestAnimationFrame(() => requestAnimationFrame(() => document.body.classList.add('drawn')));
