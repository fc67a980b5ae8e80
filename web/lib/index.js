// @ts-check
// What the package livegate-client offers. Everything else in this folder may change.

export { LivegateClient } from './livegate_client.js';
export { CLIENT_EVENTS } from './client_events.js';

// The devices of a browser; LivegateClient takes any object of the same shape.
export { BrowserCamera, CameraProblem } from './camera.js';
export { BrowserMicrophone } from './microphone.js';
export { BrowserSpeaker } from './speaker.js';
export { AudioProblem } from './web_audio.js';

// What a page makes of the events; pure, these run anywhere.
export { TranscriptLog, WRITTEN, heardText } from './transcript.js';
export { EXPORT_FORMAT, EXPORT_VERSION, TurnTimeline } from './turn_timeline.js';
export { MEASURES, SHARES, STEPS, formatMs } from './latency.js';
export { ClockSync } from './clock_sync.js';
export { dbfs, meterPosition } from './level.js';
export { liveUrl, tokenOf } from './protocol.js';

/** @typedef {import("./client_events.js").ClientEvents} ClientEvents */
/** @typedef {import("./client_events.js").State} State */
/** @typedef {import("./client_events.js").Problem} Problem */
/** @typedef {import("./client_options.js").Options} Options */
/** @typedef {import("./client_options.js").Microphone} Microphone */
/** @typedef {import("./client_options.js").MicrophoneSettings} MicrophoneSettings */
/** @typedef {import("./client_options.js").Speaker} Speaker */
/** @typedef {import("./pictures.js").Camera} Camera */
/** @typedef {import("./camera.js").Picture} Picture */
/** @typedef {import("./turn_timeline.js").Entry} TimelineEntry */
/** @typedef {import("./turn_steps.js").Step} TimelineStep */
/** @typedef {import("./transcript.js").Entry} TranscriptEntry */
/** @typedef {import("./transcript.js").HeardPart} HeardPart */
