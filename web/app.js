// @ts-check
// The page: a thin view of one conversation and one home. Decides nothing that a module of lib/ or
// page/ could decide; binds the client's events to the views, and the elements' to the client.

import { BrowserCamera } from './lib/camera.js';
import { LivegateClient } from './lib/livegate_client.js';
import { BrowserMicrophone } from './lib/microphone.js';
import { BrowserSpeaker } from './lib/speaker.js';
import { MEASURES, SHARES, formatMs } from './lib/latency.js';
import { SPEECH_RMS, dbfs, meterPosition } from './lib/level.js';
import { TranscriptLog, WRITTEN } from './lib/transcript.js';
import { liveUrl, tokenOf } from './lib/protocol.js';
import { DevicesView } from './page/devices_view.js';
import { byId, element, setText } from './page/dom.js';
import { explain } from './page/explain.js';
import { Home, TOOLS, toolWords } from './page/home.js';
import { drawHome } from './page/house_view.js';
import { LivePlot } from './page/live_plot.js';
import { LiveSignals } from './page/live_signals.js';
import { drawMeasures, drawShares } from './page/measures_view.js';
import { PicturesView } from './page/pictures_view.js';
import { distanceWords, linkWords, noAnswerWords, phaseOf, statusWords } from './page/status.js';
import { exportOf } from './page/transcript_export.js';
import { TranscriptView } from './page/transcript_view.js';
import { exportName } from './page/waterfall.js';
import { WaterfallView } from './page/waterfall_view.js';

const EXAMPLES = [
  'Dim the living room lights',
  'Tell me a story',
  'Turn on the bedroom light',
  'What time is it',
  'Set the temperature to twenty four degrees',
];
const REPORTS_MAX = 2000;
const TOKEN_KEY = 'livegate-token';
const NOT_UNDERSTOOD = '(not understood)';
const RUNNING = ['connecting', 'ready', 'reconnecting'];

let token = '';
takeToken();
const home = new Home();
const microphone = new BrowserMicrophone();
const speaker = new BrowserSpeaker();
const transcript = new TranscriptLog();
const client = new LivegateClient({
  url: liveUrl(document.baseURI),
  token: takeToken,
  tools: TOOLS,
  onToolCall: (name, args) => home.execute(name, args),
  microphone,
  speaker,
  camera: new BrowserCamera(),
  probe: async () => (await fetch(new URL('healthz', document.baseURI))).ok,
});
const { timeline } = client;

const devices = new DevicesView(client, microphone);
const pictures = new PicturesView(client);
const signals = new LiveSignals();
const plot = new LivePlot(byId('live-canvas'), signals);
const waterfall = new WaterfallView(byId('rows'), byId('figures'), MEASURES);
const lines = new TranscriptView(transcript, {
  lines: byId('lines'),
  scroll: byId('scroll'),
  empty: byId('empty'),
  announced: byId('announced'),
});

/** What the worklet really rendered, for whoever wants to measure. */
const playback = {
  last: /** @type {any} */ (null),
  reports: /** @type {any[]} */ ([]),
  flushes: /** @type {any[]} */ ([]),
};
const latency = {
  get last() {
    return timeline.last?.measures ?? {};
  },
};
Object.assign(window, {
  livegate: { client, home, microphone, speaker, transcript, latency, playback },
});

/** The user token of the address, which it leaves: an address is shown, shared and remembered. */
function takeToken() {
  const given = tokenOf(location.hash);
  if (given) {
    token = given;
    history.replaceState(null, '', location.pathname + location.search);
  }
  try {
    if (token) sessionStorage.setItem(TOKEN_KEY, token);
    else token = sessionStorage.getItem(TOKEN_KEY) ?? '';
  } catch {
    // Storage is blocked: a reload asks for the token again.
  }
  return token;
}
addEventListener('hashchange', takeToken);

/** @param {string} type @param {(detail: any) => void} action */
const on = (type, action) =>
  client.addEventListener(type, (event) => action(/** @type {CustomEvent} */ (event).detail));

// ------------------------------------------------------------------------------ state in words

/** What the words at the top and beside the button are made of. */
const view = {
  problem: '', // the code of the one that was shown last
  upstream: '',
  model: '',
  roundTripMs: -1,
  retry: /** @type {any} */ (null),
  hearing: false,
  waiting: false,
  working: false, // a holding line was spoken
  speaking: false,
  ducked: false,
  invited: '', // an example that the person was asked to say
  untold: false, // speech was heard, and no words of it were told yet
  spokenTurn: 0, // the turn that answers such speech
};

/** @param {Partial<typeof view>} [changes] */
function drawState(changes = {}) {
  Object.assign(view, changes);
  const { state, microphoneState } = client;
  const situation = { ...view, state, microphone: microphoneState };
  const running = RUNNING.includes(state);
  byId('link').dataset.state = state;
  setText(byId('link-words'), linkWords(situation));
  setText(byId('link-more'), distanceWords(situation));
  setText(byId('status'), statusWords(situation));
  document.body.dataset.phase = phaseOf(situation);
  byId('toggle').classList.toggle('on', running);
  setText(byId('toggle-words'), running ? 'Stop' : 'Start talking');
  byId('mute').setAttribute('aria-pressed', String(running && microphoneState === 'muted'));
  document.body.dataset.microphone = running ? microphoneState : 'off';
  byId('mute').disabled = state === 'connecting' || !running || microphoneState === 'asking';
  const off = running && microphoneState === 'off';
  setText(byId('mute'), off ? 'Turn mic on' : microphoneState === 'muted' ? 'Unmute' : 'Mute');
  byId('retry').hidden = !(state === 'reconnecting' && view.retry?.dueMs > 0);
  byId('interrupt').disabled = !view.speaking || state !== 'ready';
  pictures.enable(state === 'ready');
  plot.run(running);
}

on('state', ({ state, previous }) => {
  if (state === 'connecting') hideProblem();
  if (state !== 'ready')
    Object.assign(view, { hearing: false, waiting: false, working: false, ducked: false });
  if (state === 'ready' && previous === 'reconnecting') view.retry = null;
  if (state === 'closed' || state === 'failed') {
    Object.assign(view, { roundTripMs: -1, retry: null });
    byId('notice').hidden = true;
  }
  drawState();
});
on('microphone', ({ state }) => {
  if (state === 'on' && view.problem.startsWith('microphone')) hideProblem();
  else {
    drawLevel(0);
    signals.micOff(performance.now());
  }
  if (state === 'on') devices.refresh();
  drawState();
});
on('ready', ({ upstream, model, notice, resumed }) => {
  if (!resumed) transcript.newSession();
  byId('notice').textContent = notice ?? '';
  byId('notice').hidden = !notice;
  drawState({ upstream, model });
});
on('reconnecting', (retry) => {
  const due = performance.now() + (retry.retry_in_ms ?? 0);
  drawState({ retry: { ...retry, due } });
  clearTimeout(countingDown);
  countDown();
});
let countingDown = 0;

/** Says each second when the next try is due, until it is made. */
function countDown() {
  const { retry } = view;
  if (client.state !== 'reconnecting' || retry?.by !== 'page') return;
  const dueMs = Math.max(0, retry.due - performance.now());
  drawState({ retry: { ...retry, dueMs } });
  if (dueMs > 0) countingDown = window.setTimeout(countDown, Math.min(dueMs, 1000));
}
byId('retry').addEventListener('click', () => {
  clearTimeout(countingDown);
  drawState({ retry: { ...view.retry, dueMs: 0 } });
  client.tryNow();
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
on('round_trip', ({ ms }) => drawState({ roundTripMs: ms }));
on('speech_started', () => {
  signals.gateway.set(performance.now(), true);
  drawState({ hearing: true, waiting: false, working: false, invited: '', untold: true });
});
on('turn_started', ({ turn }) =>
  drawState({ working: false, spokenTurn: view.untold ? turn : 0 }),
);
on('speech_ended', () => {
  signals.gateway.set(performance.now(), false);
  drawState({ hearing: false, waiting: true });
});
on('barge_in', ({ state }) => drawState({ ducked: state === 'ducked' }));

on('problem', ({ code, message }) => {
  if (code.startsWith('model_')) drawState({ waiting: false, working: false });
  showProblem(code, message);
});

/** @param {string} code @param {string} message */
function showProblem(code, message) {
  const { title, advice } = explain(code);
  byId('problem-title').textContent = title;
  byId('problem-advice').textContent = advice;
  byId('problem-detail').textContent = `(${code}: ${message})`;
  byId('problem').hidden = false;
  view.problem = code;
}
function hideProblem() {
  byId('problem').hidden = true;
}

// ------------------------------------------------------------------------------------ controls

byId('toggle').addEventListener('click', () => {
  if (RUNNING.includes(client.state)) client.stop();
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
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isForTyping(event)) return;
  const key = event.key.toLowerCase();
  if (key === 'm' && !byId('mute').disabled) byId('mute').click();
  // Push to talk: heard while the key is down. The space bar belongs to the button in focus.
  if (key !== 't' || client.microphoneState !== 'muted') return;
  client.setMuted(false);
  // A window that loses the keyboard hears of no release.
  const release = (/** @type {Event} */ up) => {
    if (up instanceof KeyboardEvent && up.key.toLowerCase() !== 't') return;
    document.removeEventListener('keyup', release);
    window.removeEventListener('blur', release);
    client.setMuted(true);
  };
  document.addEventListener('keyup', release);
  window.addEventListener('blur', release);
});

/** @param {KeyboardEvent} event */
function isForTyping({ target }) {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
}

byId('fresh').addEventListener('click', async () => {
  await client.stop();
  transcript.clear();
  drawTranscript();
  drawState({ invited: '', untold: false });
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
  if (text === '' || (await client.start({ microphone: false })) !== 'ready') return false;
  if (!client.sendText(text)) return false;
  transcript.typed(text);
  drawTranscript();
  drawState({ waiting: true });
  return true;
}

/**
 * An example is there to be said: it opens the microphone and waits. Who cannot speak sends it as
 * text.
 * @param {string} example
 */
async function tryExample(example) {
  const typed = byId('type-examples').getAttribute('aria-pressed') === 'true';
  if (typed || client.microphoneState === 'muted') return void say(example);
  if ((await client.start()) !== 'ready') return;
  if (client.microphoneState === 'off') return void say(example);
  drawState({ invited: example });
}

for (const example of EXAMPLES) {
  const button = element('button', '', example);
  button.setAttribute('type', 'button');
  button.addEventListener('click', () => tryExample(example));
  byId('examples').append(element('li', '', button));
}
byId('type-examples').addEventListener('click', ({ currentTarget }) => {
  const button = /** @type {HTMLElement} */ (currentTarget);
  const pressed = button.getAttribute('aria-pressed') === 'true';
  button.setAttribute('aria-pressed', String(!pressed));
});

/** @param {number} rms */
function drawLevel(rms) {
  const meter = byId('meter');
  const { microphoneState } = client;
  const level = Math.max(-60, Math.round(dbfs(rms)));
  meter.style.setProperty('--level', meterPosition(rms).toFixed(3));
  meter.setAttribute('aria-valuenow', String(level));
  meter.setAttribute(
    'aria-valuetext',
    microphoneState === 'on' ? `${level} decibels` : microphoneState,
  );
}
byId('meter').style.setProperty('--mark', meterPosition(SPEECH_RMS).toFixed(3));
on('level', (packet) => {
  if (client.microphoneState !== 'on') return;
  drawLevel(packet.rms);
  signals.level(performance.now(), packet);
});

on('camera', (event) => {
  pictures.camera(event);
  if (event.reason === 'screen_share_ended') note('You ended the sharing of your screen.');
  if (event.reason === 'camera_lost') showProblem('camera_lost', 'the device ended');
});
on('picture', (event) => pictures.picture(event));

// ---------------------------------------------------------------------------------- transcript

const sounds = () => speaker.node !== null;
function drawTranscript() {
  lines.draw(sounds());
  const none = transcript.entries.length === 0;
  byId('fresh').disabled = none;
  byId('copy').disabled = none;
  byId('save-as').disabled = none;
}

byId('copy').addEventListener('click', async () => {
  let words = 'Copied';
  try {
    await navigator.clipboard.writeText(exportOf(transcript.entries, 'text').content);
  } catch {
    words = 'Not allowed'; // by the browser, or because the page came over http
  }
  setText(byId('copy'), words);
  lines.announce(words);
  setTimeout(() => setText(byId('copy'), 'Copy'), 1500);
});
byId('save-as').addEventListener('change', () => {
  const choice = byId('save-as');
  const { type, ending, content } = exportOf(transcript.entries, choice.value);
  save(new Blob([content], { type }), exportName(new Date(), 'conversation', ending));
  choice.value = '';
});

/** @param {Blob} file @param {string} name */
function save(file, name) {
  const link = /** @type {HTMLAnchorElement} */ (element('a', ''));
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** @param {string} text */
function note(text) {
  transcript.note(text);
  drawTranscript();
  lines.announce(text);
}

on('transcript', ({ role, turn, text, at }) => {
  if (role === 'user') {
    view.untold = false;
    transcript.replace('user', turn, NOT_UNDERSTOOD); // the words have come after all
  }
  const entry = transcript.add(role, turn, text, at);
  drawTranscript();
  if (role === 'model' && entry && !sounds()) lines.announce(entry.text);
});
on('text', ({ turn, text }) => {
  const entry = transcript.add('model', turn, text, WRITTEN);
  drawTranscript();
  if (entry) lines.announce(entry.text);
});
on('interrupted', ({ turn, samples }) => {
  transcript.cutOff(turn, samples);
  drawTranscript();
});
on('generation_complete', ({ turn, samples }) => transcript.soundEnds(turn, samples));
on('turn_complete', ({ turn, samples, cut_off: cut }) => {
  if (cut) transcript.cutOff(turn, samples);
  else transcript.soundEnds(turn, samples);
  // Somebody spoke and was answered: that much is shown, though no words were made out.
  if (view.untold && turn === view.spokenTurn && !cut) {
    transcript.add('user', turn, NOT_UNDERSTOOD, WRITTEN);
    view.untold = false;
  }
  drawTranscript();
  drawState({ waiting: false });
});
on('no_answer', (event) => {
  const words = noAnswerWords(event);
  if (words) note(words);
  drawState({ working: event.reason === 'holding_line' });
});
on('budget', ({ message }) => note(message));
on('tool_done', ({ name, args, outcome }) => {
  const given = Object.entries(args)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(', ');
  const failed = 'error' in outcome ? ` failed: ${outcome.error}` : '';
  transcript.note(`${name}(${given})${failed}`);
  drawTranscript();
  lines.announce(toolWords(name, outcome)); // to be heard, and not spelled
});

// --------------------------------------------------------------------------- playback, latency

on('playback', (report) => {
  playback.last = report;
  playback.reports.push(report);
  if (playback.reports.length > REPORTS_MAX) playback.reports.shift();
  if (report.cause === 'flushed')
    playback.flushes.push({ ...report.lastFlush, time: report.time });
  lines.drawHeard(transcript.hear(report));
  signals.playback(performance.now(), report);
  const voice = report.playing ? meterPosition(report.rms, -45).toFixed(2) : '0';
  byId('speaker').style.setProperty('--voice', voice);
  drawState({ speaking: report.playing, waiting: view.waiting && !report.playing });
});

function drawTiming() {
  // Of a turn that runs not all steps are known: its figures would be too small.
  const entries = timeline.entries.filter(({ complete }) => complete);
  const last = entries.findLast(({ measures }) => Object.keys(measures).length > 0);
  const lastOf = (/** @type {string} */ field) => last?.measures[field];
  drawMeasures(byId('measures'), MEASURES, lastOf, (field) => timeline.summary(field));
  drawShares(byId('shares'), SHARES, lastOf);
  waterfall.draw(entries);
  const none = !entries.some(({ steps }) => steps.length > 0);
  byId('waterfall').hidden = none;
  byId('no-turns').hidden = !none;
  byId('export').disabled = none;
}
on('timeline', drawTiming);

byId('export').addEventListener('click', () => {
  const file = new Blob([JSON.stringify(timeline.toJSON(), null, 2)], {
    type: 'application/json',
  });
  save(file, exportName(new Date()));
});

home.addEventListener('change', () => drawHome(home));
drawHome(home);
drawTiming();
drawState();
// What changes from here on changes slowly.
requestAnimationFrame(() => requestAnimationFrame(() => document.body.classList.add('drawn')));
