// @ts-check
// What went wrong, in words a person understands, and what to do about it. Decides nothing else.
// The codes are the gateway's (docs/wire-browser.md, "Errors") and the page's own.

/** @typedef {{title: string, advice: string}} Explanation */

/** @type {Readonly<Record<string, Explanation>>} */
const WORDS = Object.freeze({
  // the page's own
  microphone_refused: {
    title: 'The microphone is blocked',
    advice: 'Allow it in the address bar, then turn the microphone on. You can type meanwhile.',
  },
  microphone_missing: {
    title: 'No microphone was found',
    advice: 'Plug one in and turn the microphone on. You can type meanwhile.',
  },
  microphone_in_use: {
    title: 'The microphone is busy',
    advice: 'Close the program that holds it and turn the microphone on. You can type meanwhile.',
  },
  microphone_lost: {
    title: 'The microphone went away',
    advice: 'It was unplugged or taken by the system. Turn it on again to go on speaking.',
  },
  microphone_replaced: {
    title: 'Another microphone is in use now',
    advice: 'The one before went away. Choose another under Devices if you like.',
  },
  microphone_suspended: {
    title: 'The browser holds the microphone back',
    advice: 'Click anywhere on the page or press a key, and it begins.',
  },
  microphone_silenced: {
    title: 'The microphone is on, but gives no sound',
    advice:
      'The browser, the system or a switch on the device mutes it. Undo that to go on speaking.',
  },
  microphone_failed: {
    title: 'The microphone could not be opened',
    advice: "Check it in the system's sound settings. You can type meanwhile.",
  },
  insecure_page: {
    title: 'This page is not secure, so the browser keeps the microphone closed',
    advice: 'Open it over https, or on this machine as http://localhost. Typing works here too.',
  },
  browser_too_old: {
    title: 'This browser cannot do live audio',
    advice: 'A current Chrome, Edge or Firefox can. Typing works here too.',
  },
  camera_refused: {
    title: 'The camera is blocked',
    advice: 'Allow it in the address bar, then press Camera again. The conversation goes on.',
  },
  camera_missing: {
    title: 'No camera was found',
    advice: 'Plug one in and press Camera again. The conversation goes on.',
  },
  camera_in_use: {
    title: 'The camera is busy',
    advice: 'Close the program that holds it and press Camera again.',
  },
  camera_lost: {
    title: 'The camera went away',
    advice: 'It was unplugged or taken by the system. Press Camera to go on sending pictures.',
  },
  camera_unsupported: {
    title: 'This page cannot use a camera',
    advice: 'Browsers allow it over https, or on this machine as http://localhost.',
  },
  camera_failed: {
    title: 'The camera could not be opened',
    advice: "Check it in the system's settings. The conversation goes on without it.",
  },
  screen_refused: {
    title: 'Nothing is shared',
    advice: 'Press Share screen and choose a window or a screen. The conversation goes on.',
  },
  screen_missing: {
    title: 'There is nothing to share',
    advice: 'The browser found no window and no screen that it may show.',
  },
  screen_in_use: {
    title: 'The screen cannot be read now',
    advice: 'The system refused it. Press Share screen to try again.',
  },
  screen_unsupported: {
    title: 'This browser cannot share a screen',
    advice: 'Browsers of phones cannot, nor can any over http. The camera may work.',
  },
  screen_failed: {
    title: 'The screen could not be shared',
    advice: 'Press Share screen to try again, or choose one window instead of everything.',
  },
  speaker_failed: {
    title: 'The sound output could not be opened',
    advice: "Replies will be shown as text. Check the system's sound settings and start again.",
  },
  unreachable: {
    title: 'The gateway cannot be reached',
    advice: 'Check that it is running and that this machine is online, then start again.',
  },
  upgrade_refused: {
    title: 'The gateway answers, but refused the conversation',
    advice: 'It may want a user token, or stand behind a proxy that blocks WebSockets.',
  },
  connection_lost: {
    title: 'The connection to the gateway was lost',
    advice: 'It did not come back after several tries. Start again when the network is up.',
  },
  closed_early: {
    title: 'The gateway closed the conversation before it began',
    advice: 'Its log says why. Start again in a moment.',
  },
  no_answer: {
    title: 'The gateway did not get ready in time',
    advice: 'It accepted the connection and then said nothing. Start again in a moment.',
  },
  bad_token: {
    title: "The user token in this page's address cannot be used",
    advice: 'Ask for a new link: the token holds characters that cannot be sent.',
  },
  bad_event: {
    title: 'The gateway said something this page does not understand',
    advice: 'Reload the page; it may be older than the gateway.',
  },
  // the gateway's
  unauthorized: {
    title: 'You are not signed in to this gateway',
    advice:
      'It wants a user token. Open the page with a link that ends in #token= and your token.',
  },
  origin_refused: {
    title: 'This page may not talk to this gateway',
    advice:
      "It comes from another address than the gateway's own. Its operator can list that address " +
      'in server.allowed_origins.',
  },
  server_full: {
    title: 'All lines are busy',
    advice: 'The gateway has as many conversations as it takes. Try again in a minute.',
  },
  budget_spent: {
    title: 'The budget is spent',
    advice: 'The gateway ends conversations that have used up what they may cost.',
  },
  start_timeout: {
    title: 'The conversation was not started in time',
    advice: 'The connection is very slow. Start again.',
  },
  bad_start: {
    title: "The gateway did not accept the page's settings",
    advice: 'Reload the page; it may be older than the gateway.',
  },
  message_too_big: {
    title: 'Something too large was sent',
    advice: 'The gateway closed the conversation. Start again.',
  },
  too_slow: {
    title: 'The network is too slow for live audio',
    advice:
      'The gateway could not send fast enough and gave up. Start again on a better connection.',
  },
  upstream_refused: {
    title: "The model's service refused the gateway",
    advice: 'Its key, model or settings need attention from whoever runs this gateway.',
  },
  upstream_unavailable: {
    title: "The model's service cannot be reached",
    advice: 'The gateway tried several times. Start again in a minute.',
  },
  model_silent: {
    title: 'The model does not answer',
    advice: 'It was asked several times over. Ask again, or in other words.',
  },
  model_rejects: {
    title: 'The model rejects its own answers',
    advice: 'It did so several times, in a new session too. Ask something else.',
  },
  busy: {
    title: 'Too much at once',
    advice: 'The model is away for a moment; the last message was not kept. Say it again shortly.',
  },
  internal: {
    title: 'The gateway had a fault',
    advice: 'This conversation ended; others go on. Start again.',
  },
});

const UNKNOWN = Object.freeze({
  title: 'Something went wrong',
  advice: "Start again; if it stays, the gateway's log says more.",
});

/**
 * @param {string} code
 * @returns {Explanation}
 */
export function explain(code) {
  return Object.hasOwn(WORDS, code) ? WORDS[code] : UNKNOWN;
}

/** Every code that has words of its own. */
export const EXPLAINED = Object.freeze(Object.keys(WORDS));
