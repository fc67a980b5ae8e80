// Every cap of the product, with its reason. What is dropped or refused because of one is counted.
#pragma once

#include <cstddef>

#include "base/instant.h"

namespace livegate::limits {

// ---- one WebSocket message

// A client's largest legitimate message is a camera picture or, on the drop-in path, a whole
// recording in one frame (129 kB seen in the service's own tests). Above: close 1009, before the
// payload is read.
inline constexpr std::size_t kClientMessageBytesMax = 4 * 1024 * 1024;
// The service has been seen to send whole replies in bursts; the official SDK accepts 100 MiB.
inline constexpr std::size_t kUpstreamMessageBytesMax = 16 * 1024 * 1024;
// Python's WebSocket library refuses a larger one and ends the session; a little below 1 MiB.
// Policy: sent as several, and what cannot be cut is left out, counted.
inline constexpr std::size_t kPythonMessageBytesMax = 1000 * 1000;
// A control frame's payload, RFC 6455 section 5.5.
inline constexpr std::size_t kControlPayloadBytesMax = 125;
// A close reason: 125 bytes less the two of the code. The service cuts its own there too.
inline constexpr std::size_t kCloseReasonBytesMax = 123;

// ---- one HTTP request

inline constexpr std::size_t kHttpHeaderBytesMax = 16 * 1024;
inline constexpr std::size_t kHttpBodyBytesMax = 64 * 1024;
// From accept to the first byte: what says nothing is nobody's request.
inline constexpr Millis kHttpFirstByteTimeMax = 5s;
// From the first byte to a whole request: slow senders hold nothing.
inline constexpr Millis kHttpRequestTimeMax = 10s;

// ---- queues

// Towards a client: a burst holds a whole reply, 48 kB a second; 4 MiB are 87 s, and what is sent
// again to one that comes back has its own place beside it. A client that lets more pile up does
// not read: policy "close 1008", counted, and no other session waits for it.
inline constexpr std::size_t kClientOutboxBytesMax = 4 * 1024 * 1024;
// What a client may not have yet, kept for its return: the same 87 s of a reply. Policy "drop
// oldest", counted; who then asks for the dropped is refused. a session that has more waiting for a
// client that is away ends.
inline constexpr std::size_t kClientLedgerBytesMax = 4 * 1024 * 1024;
// ... of a client that has not confirmed anything of late: 5 s, besides what its socket holds. So
// memory is spent on those who free it again.
inline constexpr std::size_t kUnconfirmedLedgerBytesMax = 256 * 1024;
inline constexpr Millis kConfirmedFor = 30s;
// Towards the model: speech is 43 kB of base64 a second. Above: the connection is given up as dead.
inline constexpr std::size_t kUpstreamOutboxBytesMax = 4 * 1024 * 1024;
// Speech kept while the upstream is away, at 32 kB a second: 5 s, policy "drop oldest", counted.
inline constexpr Millis kUplinkHeldMax = 5s;
// Speech that was sent and is not answered yet, kept to be said again over another connection: half
// a minute without a breath, 960 kB; policy "drop oldest". Given back with the answer.
inline constexpr Millis kUplinkRepeatedMax = 30s;
// Control messages (text, tool results) kept until they are answered: policy "refuse", an error
// event, while the upstream is away; else "drop oldest". Together with the speech less than
// kUpstreamOutboxBytesMax.
inline constexpr std::size_t kHeldMessagesMax = 32;
inline constexpr std::size_t kHeldMessageBytesMax = 2 * 1024 * 1024;

// A reply to an end of speech that may still be taken back: it is held for less than a second, in
// which the service sends some 4 s of audio, 64 kB of base64 each. More: the end is taken as final.
inline constexpr std::size_t kHeldReplyBytesMax = 1024 * 1024;
// A reply's transcript, kept to say which words were heard: ten minutes of talk.
inline constexpr std::size_t kHeardTextBytesMax = 16 * 1024;
// What both sides have said, in words, for a model that has forgotten it: half an hour of talk.
// Policy "drop oldest".
inline constexpr std::size_t kTranscriptBytesMax = 16 * 1024;

// ---- sound, as a client sends it

// Heard in one go: 256 ms at 8 kHz, which keep a detector busy for 1.5 ms. What a message holds
// beyond it is heard in pieces, and others have their turn in between.
inline constexpr std::size_t kAudioPieceBytes = 4096;
// A message of the Live API's wire that is so large is looked at for sound to be cut: above what
// half a second at 16 kHz takes, for nobody is to decode twice what comes in real time.
inline constexpr std::size_t kRealtimeCutBytes = 24 * 1024;
// Users whose allowances are remembered; those that are full again go first.
inline constexpr std::size_t kAllowancesMax = 10'000;

// ---- reading JSON

// The service's parser stops at 100 levels; ours is recursive, and no schema of a tool nests half
// as deep.
inline constexpr std::size_t kJsonDepthMax = 64;
// Members of one list in one message (parts, calls, unknown members): 7 calls have been seen.
// More: refused.
inline constexpr std::size_t kMessageItemsMax = 4096;
// simdjson's index takes six times the message. A decoder that met a larger one gives that memory
// back.
inline constexpr std::size_t kParserBytesKept = 1024 * 1024;
// Of what one event causes to be written, by shard: a large message's memory is given back.
inline constexpr std::size_t kArenaBytesKept = 1024 * 1024;
// Of a message that had to be mended, or of a picture's, by session.
inline constexpr std::size_t kMendedBytesKept = 16 * 1024;

// ---- one session

inline constexpr std::size_t kSetupBytesMax = 256 * 1024;  // system instruction and tools together
inline constexpr std::size_t kOpenToolCallsMax =
    64;  // unanswered at one time; more: the oldest is given up
inline constexpr Millis kStartTimeMax = 10s;            // from the upgrade to `start` or `setup`
inline constexpr Millis kUpstreamConnectTimeMax = 10s;  // resolve, connect, TLS, upgrade
inline constexpr Millis kUpstreamSetupTimeMax = 15s;    // from `setup` to `setupComplete`
inline constexpr Millis kCloseTimeMax = 2s;  // from our close frame to the peer's; then abort
// The same of the model's side: the next connection waits for it, and a person for that.
inline constexpr Millis kUpstreamCloseTimeMax = 500ms;
inline constexpr Millis kKeepAliveEvery = 25s;  // middleboxes cut idle sockets after 60 s
inline constexpr Millis kAudioGapMax =
    1s;  // client went quiet in mid-speech: the stream's end is sent

// A client that is waited for; config: resume.grace_ms. The model's side costs all the while.
inline constexpr Millis kResumeGraceMax = 600s;
// What the model still knows of sessions of the Live API's wire that are over: as long as the
// service keeps its own handles. A line of text each; oldest forgotten.
inline constexpr std::size_t kResumeHandlesMax = 4096;
inline constexpr Millis kResumeHandleTimeMax = 2h;
// Connections beyond limits.sessions that have not started a session (yet), or ask to go on with
// one. Policy: the oldest goes, counted.
inline constexpr std::size_t kArrivalsOverCapMax = 64;
// What one user may have at least, unless limits.sessions_per_user says otherwise.
inline constexpr std::size_t kSessionsPerUserDefaultMin = 16;
// Users and addresses of which is known how often they came of late; the least recent is forgotten.
inline constexpr std::size_t kRatesRememberedMax = 16'384;

// ---- recordings

// That wait for the disk, of all sessions: some 100 sessions' speech for five seconds. Above: the
// recording ends, counted.
inline constexpr std::size_t kRecordingQueueBytesMax = 32 * 1024 * 1024;
// Handed to the disk at a time, of one session.
inline constexpr std::size_t kRecordingChunkBytes = 32 * 1024;
// Of a session that has not begun, and is not written before: its one big message, and small ones.
// Above: it is not recorded.
inline constexpr std::size_t kRecordingUnbegunBytesMax = kClientMessageBytesMax + 1024 * 1024;

// ---- the offline assistant

// One utterance: its sentences last 2 to 4 s; a radio in the room must not fill the memory.
// Longer: decoded as far as it goes, and what follows is a new one.
inline constexpr Millis kOfflineUtteranceMax = 15s;
inline constexpr std::size_t kOfflineRecognitionsMax =
    4;  // of one session in the decoders; more: not heard
inline constexpr std::size_t kOfflineInputsMax = 4;  // waiting for a turn to end; oldest dropped
inline constexpr Millis kOfflineReplyMax = 120s;  // speech of one turn, 48 kB a second; rest unsaid
inline constexpr std::size_t kOfflineHeldTextBytesMax =
    64 * 1024;  // turnComplete:false text; more: close 1007
inline constexpr std::size_t kOfflineHandlesMax =
    1024;  // resumption handles of all; oldest forgotten
inline constexpr std::size_t kOfflineHandlesPerSessionMax =
    4;                                               // newest count; older ones are of no use
inline constexpr Millis kOfflineHandleTimeMax = 2h;  // after the session's end, as the service does
inline constexpr std::size_t kOfflineConversationsListedMax =
    2048;  // in its statistics; older ones are in the sum alone
// Of one session; learning them takes the assistant's only thread some 10 ms. More: refused.
inline constexpr std::size_t kOfflineDeclarationsMax = 128;
inline constexpr std::size_t kOfflineToolsBytesMax = 256 * 1024;
inline constexpr std::size_t kOfflineSchemaValuesMax = 50'000;  // as often as they are referred to
inline constexpr std::size_t kOfflineEarlyMessagesMax =
    64;  // sent before setupComplete, which is late on purpose; more: close 1007
inline constexpr std::size_t kOfflineTokensMax = 4096;  // ephemeral ones; oldest forgotten
inline constexpr std::size_t kOfflineBackgroundBatchesMax =
    16;  // calls of one session that no turn waits for; oldest given up
inline constexpr std::size_t kScenarioAnswersMax = 1000;  // of one scenario file; more: refused
inline constexpr std::size_t kOfflinePongsHeldMax = 16;  // late on purpose; more: oldest unanswered

// ---- offline speech

inline constexpr std::size_t kUtterancesQueuedMax =
    64;  // 64 sessions ending a sentence at once; more: refused
inline constexpr std::size_t kUtteranceSamplesMax =
    12 * 16000;  // no command takes 12 s; longer is not decoded
// Processor time that one search may take, and two search each utterance: five times what any
// speech was seen to take. Policy: the utterance is refused, counted, and the assistant says so.
inline constexpr Millis kUtteranceWorkBase = 500ms;
inline constexpr Millis kUtteranceWorkPerSecond = 1000ms;  // of sound
inline constexpr int kRecognizerThreadsDefaultMax = 8;     // config: offline.recognizer_threads
// What a worker comes to with kDecodersPerWorkerMax pairs and its language model. By default half
// of the machine's memory may go to workers.
inline constexpr std::size_t kRecognizerThreadBytes = std::size_t{160} * 1024 * 1024;
inline constexpr std::size_t kGrammarsPreparedMax =
    16;  // waiting to be made ready; oldest dropped, and made when first used
inline constexpr std::size_t kDecodersPerWorkerMax =
    4;  // pairs, 25 MB each, one per set of tools; least recent goes, and is made again in 0.2 s
inline constexpr std::size_t kSpokenWordsMax =
    4000;  // that tools add to a grammar; further phrases are for typed lines alone
inline constexpr std::size_t kSpokenPlacesMax = 40;  // rooms and lamps; each is in some 60 phrases
inline constexpr std::size_t kTextsQueuedMax = 256;  // replies waiting for the one synthesis thread

// ---- short-lived tokens

// The fields that one token's mask names. The longest path that the API defines has 5 steps
// (generationConfig.speechConfig.voiceConfig.prebuiltVoiceConfig.voiceName), and a setup has some
// 80 fields. More: refused, 400.
inline constexpr std::size_t kFieldMaskPathsMax = 256;
inline constexpr std::size_t kFieldMaskDepthMax = 16;
inline constexpr std::size_t kFieldMaskBytesMax = 16 * 1024;
// Of one user that have not expired, and what they pin: some 1,000 with an instruction and tools of
// 4 kB, so that nobody fills the table for others. A further one is refused, 429.
inline constexpr std::size_t kTokensPerUserMax = 8192;
inline constexpr std::size_t kTokenBytesPerUserMax = 4 * 1024 * 1024;
// The same of all users together, 64 KiB at most each.
inline constexpr std::size_t kTokensMax = 100'000;
inline constexpr std::size_t kTokenBytesMax = 64 * 1024 * 1024;

// ---- usage and budgets

// Models of which tokens are counted apart in /metrics; their names come from clients. Further ones
// are counted together. A name longer than any model's is cut.
inline constexpr std::size_t kMeteredModelsMax = 64;
inline constexpr std::size_t kMeteredNameBytesMax = 128;
// Turns that wait for the disk: an hour of 1,000 sessions. Above: not written down, counted.
inline constexpr std::size_t kUsageRowsWaitingMax = 200'000;

// ---- the log

// Of one line: ten times what any of ours takes; a name or a reason that a peer chose is cut.
inline constexpr std::size_t kLogLineBytesMax = 4 * 1024;
// Lines that wait for the reader of the log: some 8,000. Policy "drop newest", counted.
inline constexpr std::size_t kLogQueueBytesMax = 1024 * 1024;
// The end of the process waits so long for the log to be read.
inline constexpr Millis kLogFlushTimeMax = 500ms;

// ---- the process

inline constexpr std::size_t kSessionsDefaultMax = 1000;  // config: limits.sessions
inline constexpr std::size_t kWebFilesMax = 10'000;  // in server.web_dir; more is a wrong folder
inline constexpr std::size_t kWebBytesMax = 256 * 1024 * 1024;  // ... all of them, in memory
// Sockets that are not (yet) sessions, and at most a half of the descriptors that the process may
// have. Policy: the least useful one is closed, counted.
inline constexpr std::size_t kHttpConnectionsMax = 4096;

// ---- livegate doctor

// A page of another server: a large gateway's /metrics is 20 kB.
inline constexpr std::size_t kFetchBytesMax = 1024 * 1024;

// ---- livegate talk

// A recording is held in memory, at 48 kHz 346 MB an hour, and sent in real time: nobody waits
// longer.
inline constexpr Millis kRecordingTimeMax = std::chrono::hours(1);
// A file whose header is not so is read as a whole, to be mended; a larger one is refused.
inline constexpr std::size_t kMendedFileBytesMax = std::size_t{400} * 1024 * 1024;
// What is kept of all replies together, 48 kB a second; later audio is counted but not kept.
inline constexpr Millis kReplyKeptMax = std::chrono::minutes(30);

// Facts of models that a process learns: a name that no model has costs a session to learn one.
inline constexpr std::size_t kLearnedFactsMax = 64;

}  // namespace livegate::limits
