// @ts-check
// Every event of a LivegateClient, with what its `detail` holds. Decides nothing.

import { EVENT_TYPES } from './protocol.js';

/** @typedef {"idle" | "connecting" | "ready" | "reconnecting" | "closed" | "failed"} State */
/** @typedef {{code: string, message: string, fatal: boolean}} Problem */
/** @typedef {{result: any} | {error: string}} Outcome */
/**
 * The client's own events. Those of the gateway come under their own names (protocol.js) but
 * `error`, which is a problem.
 * @typedef {object} OwnEvents
 * @property {{state: State, previous: State}} state
 * @property {{state: import("./microphone_switch.js").MicrophoneState}} microphone
 * @property {{rms: number, speech: boolean, level_dbfs: number, echo: boolean}} level of a packet
 * @property {Problem} problem see page/explain.js for words
 * @property {{turn: number}} first_audio the first packet of a reply
 * @property {import("./playback_reporter.js").Report & Record<string, any>} playback the player's
 *   report; `cause` "heard": nothing new was rendered, but all of it is audible now
 * @property {{state: "ducked" | "restored" | "confirmed", turn: number}} barge_in
 * @property {{ms: number}} round_trip
 * @property {{offset_ms: number, round_trip_ms: number, error_ms: number}} clock the gateway's
 *   session clock less the page's
 * @property {{entry: import("./turn_timeline.js").Entry}} timeline
 * @property {{turn: number, name: string, args: any, outcome: Outcome}} tool_done
 * @property {{state: "off" | "asking" | "on", source: "camera" | "screen", reason?: string}} camera
 * @property {{width?: number, height?: number, bytes: number, sent: number, skipped: number,
 *   dropped: number}} picture one was sent
 */
/**
 * What is heard of the gateway most often; every other field of docs/wire-browser.md is there too.
 * @typedef {object} GatewayEvents
 * @property {{session: string, model: string, upstream: string, notice?: string, resumed?: boolean,
 *   turn_taking?: "turns" | "gate" | "open"} & Record<string, any>} ready
 * @property {{at_ms?: number}} speech_started
 * @property {{at_ms?: number}} speech_ended
 * @property {{turn: number}} turn_started
 * @property {{role: "user" | "model", turn: number, text: string, finished?: boolean, at: number}}
 *   transcript
 * @property {{turn: number, text: string}} text
 * @property {{turn: number, id: string, name: string, args?: any}} tool_call
 * @property {{id: string}} tool_cancelled
 * @property {{turn: number}} duck the gateway hears somebody who may be cutting in
 * @property {{turn: number}} unduck ... and it was nobody
 * @property {{turn: number, samples: number, heard_ms?: number, heard?: string}} interrupted
 * @property {{turn: number, samples: number}} generation_complete
 * @property {{turn: number, message: string, reason: "no_speech" | "rejected" | "text_only" |
 *   "inaudible" | "holding_line"}} no_answer the reply answers nothing; after a holding line the
 *   answer is still to come
 * @property {{turn: number, samples: number, cut_off?: boolean, latency?: any, timeline?: any,
 *   usage?: any, cost?: {turn_usd: number, session_usd: number, session_tokens: number,
 *   estimated?: boolean}}} turn_complete
 * @property {{limit: string, allowed_usd: number, renews_in_s?: number, message: string}} budget
 *   it is nearly spent; the session ends when it is
 * @property {{by?: "page", reason?: string, attempt?: number, retry_in_ms?: number,
 *   resumable?: boolean}} reconnecting
 * @property {{by?: "page", resumed?: boolean, dropped_ms?: number}} reconnected
 * @property {{id: number, at_ms?: number}} pong
 * @property {{reason?: string, reconnect?: boolean}} bye
 */
/** @typedef {OwnEvents & GatewayEvents} ClientEvents */

/** @type {readonly (keyof OwnEvents)[]} */
const OWN = Object.freeze([
  'state',
  'microphone',
  'level',
  'problem',
  'first_audio',
  'playback',
  'barge_in',
  'round_trip',
  'clock',
  'timeline',
  'tool_done',
  'camera',
  'picture',
]);

/** Every event name, each once. */
export const CLIENT_EVENTS = Object.freeze([
  ...OWN,
  .../** @type {(keyof GatewayEvents)[]} */ (EVENT_TYPES.filter((type) => type !== 'error')),
]);
