// @ts-check
// The native protocol livegate.v1 as the page speaks it: what is sent, and what of a text frame
// can be believed. The whole contract: docs/wire-browser.md. Decides nothing about what an event
// leads to.

export const SUBPROTOCOL = 'livegate.v1';
export const PATH = 'v1/live';

/**
 * What an event must hold to be passed on: `?` marks a field that may be absent. Fields that
 *   are not listed are
 * kept as they are, so that a newer gateway can say more.
 * @type {Readonly<Record<string, Readonly<Record<string, string>>>>}
 */
const EVENTS = Object.freeze({
  ready: {
    session: 'string',
    model: 'string',
    upstream: 'string',
    turn_taking: 'string?',
    notice: 'string?',
    rate: 'count?',
    output_rate: 'count?',
    resume: 'object?',
    resumed: 'boolean?',
    received: 'count?',
  },
  speech_started: { at_ms: 'count?' },
  speech_ended: { at_ms: 'count?' },
  turn_started: { turn: 'count' },
  transcript: { role: 'role', turn: 'count', text: 'string', finished: 'boolean?' },
  text: { turn: 'count', text: 'string' },
  tool_call: { turn: 'count', id: 'string', name: 'string', args: 'object?' },
  tool_cancelled: { id: 'string' },
  duck: { turn: 'count' },
  unduck: { turn: 'count' },
  interrupted: { turn: 'count', heard_ms: 'count?', heard: 'string?' },
  generation_complete: { turn: 'count' },
  no_answer: { turn: 'count', reason: 'string', message: 'string' },
  turn_complete: {
    turn: 'count',
    cut_off: 'boolean?',
    latency: 'object?',
    timeline: 'object?',
    usage: 'object?',
    cost: 'object?',
  },
  budget: { limit: 'string', allowed_usd: 'time', renews_in_s: 'count?', message: 'string' },
  reconnecting: { reason: 'string?', attempt: 'count?', retry_in_ms: 'count?' },
  reconnected: { resumed: 'boolean?', dropped_ms: 'count?' },
  pong: { id: 'whole', at_ms: 'time?' },
  error: { code: 'string', message: 'string', fatal: 'boolean?' },
  bye: { reason: 'string?', reconnect: 'boolean?' },
});

/** Every event name the gateway may send. */
export const EVENT_TYPES = Object.freeze(Object.keys(EVENTS));

/** @typedef {{type: string} & Record<string, any>} ServerEvent */

/**
 * Reads one text frame. Never throws.
 * @param {string} text
 * @returns {{event: ServerEvent} | {problem: string}} `problem`: one sentence; the frame is to
 *   be ignored
 */
export function parseEvent(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'a frame is not JSON' };
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return { problem: 'a frame is not an object' };
  if (typeof value.type !== 'string') return { problem: 'a frame has no type' };
  if (!Object.hasOwn(EVENTS, value.type))
    return { problem: `the event ${JSON.stringify(value.type.slice(0, 40))} is unknown` };
  for (const [field, rule] of Object.entries(EVENTS[value.type])) {
    const optional = rule.endsWith('?');
    if (optional && value[field] === undefined) continue;
    if (!holds(optional ? rule.slice(0, -1) : rule, value[field])) {
      return { problem: `the event ${value.type} has no valid ${field}` };
    }
  }
  return { event: value };
}

/**
 * @param {string} rule
 * @param {unknown} value
 */
function holds(rule, value) {
  if (rule === 'count')
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  if (rule === 'whole') return Number.isSafeInteger(value);
  if (rule === 'time') return typeof value === 'number' && Number.isFinite(value) && value >= 0;
  if (rule === 'role') return value === 'user' || value === 'model';
  if (rule === 'object')
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === rule;
}

/**
 * The subprotocols of the handshake: ours and, for a user's token, a second that carries it. A
 * subprotocol is an HTTP token (RFC 9110 section 5.6.2), so a user token with other characters
 * cannot travel this way. The slash of a short-lived token (`auth_tokens/...`) goes as `%2F`.
 * @param {string} token may be empty
 * @returns {string[]}
 * @throws {RangeError} where the token cannot be carried
 */
export function subprotocols(token) {
  if (token === '') return [SUBPROTOCOL];
  const carried = token.replace(/^auth_tokens\//, 'auth_tokens%2F');
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(carried)) {
    throw new RangeError('the user token has characters that a WebSocket handshake cannot carry');
  }
  return [SUBPROTOCOL, `bearer.${carried}`];
}

/**
 * Where the gateway listens, beside the page: the same origin, the same folder.
 * @param {string} pageUrl
 * @returns {string}
 */
export function liveUrl(pageUrl) {
  const url = new URL(PATH, pageUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = '';
  url.hash = '';
  return url.href;
}

/**
 * The user token from the page's fragment (`#token=...`), which browsers never send to a server.
 * @param {string} hash
 * @returns {string} empty if there is none
 */
export function tokenOf(hash) {
  const match = /^#(?:.*&)?token=([^&]*)/.exec(hash);
  if (!match) return '';
  try {
    // Not URLSearchParams: "+" is a token's character, not a space.
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}

/** Messages of the connection and not of the session: docs/wire-browser.md, "Coming back". */
export const CONNECTION_EVENTS = Object.freeze(new Set(['ready', 'pong']));

/** What the client may say, as JSON text. */
export const say = Object.freeze({
  /**
   * @param {{rate?: number, model?: string, voice?: string, language?: string,
   * system_instruction?: string, tools?: readonly object[], client?: string}} options
   */
  start: (options) => JSON.stringify({ type: 'start', ...options }),
  /**
   * Goes on with a session over a new connection.
   * @param {string} token
   * @param {number} received session messages
   */
  resume: (token, received) => JSON.stringify({ type: 'start', resume: token, received }),
  /** @param {string} text */
  text: (text) => JSON.stringify({ type: 'text', text }),
  /**
   * @param {string} mimeType image/jpeg, image/png or image/webp
   * @param {string} data base64
   */
  image: (mimeType, data) => JSON.stringify({ type: 'image', mime_type: mimeType, data }),
  mute: () => JSON.stringify({ type: 'mute' }),
  unmute: () => JSON.stringify({ type: 'unmute' }),
  interrupt: () => JSON.stringify({ type: 'interrupt' }),
  /**
   * @param {string} id
   * @param {{result: unknown} | {error: string}} outcome
   */
  toolResult: (id, outcome) => JSON.stringify({ type: 'tool_result', id, ...outcome }),
  /**
   * @param {number} samples
   * @param {number} [received] session messages; only where `ready` offered `resume`
   */
  playback: (samples, received) => JSON.stringify({ type: 'playback', samples, received }),
  /**
   * @param {number} id
   * @param {number} [received] session messages; only where `ready` offered `resume`
   */
  ping: (id, received) => JSON.stringify({ type: 'ping', id, received }),
  stop: () => JSON.stringify({ type: 'stop' }),
});
