// @ts-check
// What is going on, in words: one line about the connection, one about the conversation. Decides
// only the words.

import { formatMs } from '../lib/latency.js';

/**
 * @typedef {object} Situation
 * @property {import("../lib/livegate_client.js").State} state
 * @property {"off" | "asking" | "on" | "muted"} microphone
 * @property {string} upstream "gemini", "offline" or empty
 * @property {string} model
 * @property {number} roundTripMs negative: not known
 * @property {{by?: string, attempt?: number, dueMs?: number} | null} retry `dueMs`: until the
 *   next try
 * @property {boolean} hearing the gateway hears speech
 * @property {boolean} waiting speech ended, no reply yet
 * @property {boolean} [working] the model has said that its answer is still to come
 * @property {boolean} speaking the reply sounds
 * @property {string} [invited] what the person was asked to say
 * @property {boolean} [ducked] it was turned down: somebody may be cutting in
 */

/** @typedef {"off" | "hearing" | "ducked" | "speaking" | "waiting" | "listening"} Phase */

/**
 * @param {Situation} situation
 * @returns {Phase}
 */
export function phaseOf({
  state,
  hearing,
  speaking,
  waiting,
  working = false,
  ducked = false,
}) {
  if (state !== 'ready') return 'off';
  if (hearing) return 'hearing';
  if (speaking) return ducked ? 'ducked' : 'speaking';
  return waiting || working ? 'waiting' : 'listening';
}

/** @type {Record<string, string>} */
const SPEAKING_AND = { on: 'Talk to cut in.', muted: 'Your microphone is muted.' };

/**
 * The conversation, beside the button.
 * @param {Situation} situation
 * @returns {string}
 */
export function statusWords(situation) {
  const { state, microphone } = situation;
  if (state === 'idle') return 'Press Start, then speak.';
  if (state === 'connecting')
    return microphone === 'asking' ? 'Allow the microphone to speak.' : 'Connecting …';
  if (state === 'reconnecting') return 'Trying to get the connection back; keep this page open.';
  if (state === 'closed') return 'The conversation is over. Start another one any time.';
  if (state === 'failed') return 'It did not work out; the reason is above.';
  if (microphone === 'asking') return 'Allow the microphone to speak.';
  const phase = phaseOf(situation);
  if (phase === 'hearing') return 'Hearing you …';
  if (phase === 'ducked') return 'Speaking more quietly: is that you?';
  if (phase === 'speaking') return `Speaking. ${SPEAKING_AND[microphone] ?? ''}`.trim();
  if (phase === 'waiting')
    return situation.working ? 'Still working on it …' : 'Thinking …';
  if (microphone === 'on')
    return situation.invited ? `Now say: “${situation.invited}”` : 'Listening.';
  return microphone === 'muted'
    ? 'The microphone is muted.'
    : 'The microphone is off. Type a line to talk.';
}

/**
 * A reply that answers nothing. The gateway tries what helps, so there is nothing to do but wait.
 * @param {{reason: string, message: string}} event `no_answer`
 * @returns {string} empty where the status says it: the answer is still to come
 */
export function noAnswerWords({ reason, message }) {
  if (reason === 'holding_line') return '';
  return reason === 'no_speech' ? 'The model chose to say nothing.' : message;
}

/**
 * The connection, at the top.
 * @param {Situation} situation
 * @returns {string}
 */
export function linkWords({ state, upstream, model, retry }) {
  if (state === 'connecting') return 'Connecting';
  if (state === 'closed' || state === 'idle') return 'Not connected';
  if (state === 'failed') return 'Connection failed';
  if (state === 'reconnecting') {
    const what =
      retry?.by === 'page' ? 'Reconnecting to the gateway' : 'Reconnecting to the model';
    if (!retry?.attempt) return what;
    const due = retry.dueMs ? ` in ${Math.ceil(retry.dueMs / 1000)} s` : '';
    return `${what}, try ${retry.attempt}${due}`;
  }
  return `Connected to ${upstream === 'offline' ? 'offline assistant' : model || 'the model'}`;
}

/**
 * How far the gateway is, where there is room to say so.
 * @param {Situation} situation
 * @returns {string} may be empty
 */
export function distanceWords({ state, roundTripMs }) {
  return state !== 'ready' || roundTripMs < 0 ? '' : `gateway ${formatMs(roundTripMs)} away`;
}
