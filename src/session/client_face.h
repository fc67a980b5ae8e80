// The two wires a client may speak, behind one face: the session says what happened to the call,
// the face says it in the client's protocol, and turns what the client sends into requests to the
// call.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/padded_text.h"
#include "meter/session_meter.h"
#include "proto/gemini.h"
#include "proto/native.h"
#include "session/action.h"
#include "session/answer_check.h"
#include "session/session_config.h"
#include "session/turn_taking.h"
#include "session/uplink_journal.h"
#include "turn/turn_machine.h"

namespace livegate::session {

// The codecs and scratch buffers of a shard, lent to one session at a time.
struct Codecs {
  proto::GeminiDecoder gemini;
  proto::native::NativeDecoder native;
  proto::ServerMessage server_message;
  proto::ClientMessage client_message;
};

// What a turn has cost, with what was found out since the last one, and the session so far.
struct TurnCost {
  meter::Spend turn, session;
};

enum class InterruptedBy : std::uint8_t { model, gateway };

// What a face may ask of the call.
class CallControl {
 public:
  virtual ~CallControl() = default;
  // Opens the model's side; once. `gated`: speech is told from silence here, and only speech is
  // sent.
  virtual void open(proto::Setup setup, bool gated) = 0;
  // Before open(): the client takes the echo of the reply out of its microphone.
  virtual void cancels_echo() = 0;
  [[nodiscard]] virtual bool is_open() const = 0;
  virtual void hear(std::span<const std::int16_t> samples,
                    int rate_hz) = 0;  // mono, 8000..48000 Hz
  // The microphone is off: what is held is sent, then the stream's end. True if the model, to which
  // everything goes, has to be told of it still.
  virtual bool pause_audio() = 0;
  virtual void flush_audio() = 0;  // before a message whose place among the audio matters
  // The client marks its own activity. False: this beginning continues the activity that is open,
  // whose end may be lost.
  virtual bool begin_marked_activity() = 0;
  virtual void end_marked_activity() = 0;
  // A whole client message for the model. Held, within limits, while the model is away; false if
  // there was no room.
  virtual bool tell_model(const Payload& wire, Asks asks) = 0;
  // The words of a message that was told, for a model that forgets them.
  virtual void wrote(bool by_person, std::string_view words, Asks asks) = 0;
  virtual void show(std::string_view mime_type,
                    std::string_view base64) = 0;  // at most one picture a second
  // The result of a call, by the id that the client was told; `name` may be empty. False: no such
  // call waits for one.
  virtual bool answer_tool(const proto::FunctionResponse& response) = 0;
  // The same for a client whose message can go to the model as it came: true if the present
  // connection knows all of these calls by the ids that the client does. Else nothing is done.
  virtual bool answer_as_it_came(std::span<const proto::FunctionResponse> responses,
                                 const Payload& wire) = 0;
  // For later connections; a pinned setting stays.
  virtual void replace_tools(std::string_view tools_json) = 0;
  virtual void replace_instruction(std::string_view instruction) = 0;
  virtual void hush() = 0;  // quiet now: the rest of this reply is not wanted
  // So many samples of the reply, mono at 24 kHz, were handed to the client; and they themselves,
  // where they are wanted.
  virtual void reply_sent(std::int64_t samples) = 0;
  virtual void reply_audio(std::span<const std::int16_t> samples) = 0;
  [[nodiscard]] virtual bool wants_reply_audio() const = 0;
  virtual void heard(std::int64_t samples) = 0;  // played so far, at 24 kHz
  virtual void stop() = 0;                       // the client is done
  // Before open(): the client wants to go on with another call. The answer is an event.
  virtual void resume(std::string_view token, std::optional<std::uint64_t> received) = 0;
  virtual void confirmed(std::uint64_t received) = 0;  // it has so many of this call's messages
  // The way back that is offered to it now; `token` empty: none.
  struct WayBack {
    std::string_view token;
    Millis grace;
  };
  [[nodiscard]] virtual WayBack way_back() const = 0;
  // Ends the call because of something the client did. `code`: for events and the log.
  virtual void fail(std::uint16_t close_code, std::string_view code, std::string_view message) = 0;
  // Something the client did was refused; the call goes on.
  virtual void refuse(std::string_view code, std::string_view message) = 0;
  // So many parts of what the model said this client could not have read, and was not sent.
  virtual void withheld(std::size_t parts) = 0;
  [[nodiscard]] virtual Actions& out() = 0;
  [[nodiscard]] virtual const SessionConfig& config() const = 0;
  // Of the model, and how turns are taken with it; once open.
  [[nodiscard]] virtual const proto::ModelProfile& profile() const = 0;
  [[nodiscard]] virtual const TurnTaking& turn_taking() const = 0;
  // The session clock, told to clients: milliseconds since the call began; and what it shows now.
  [[nodiscard]] virtual double clock_ms(Instant at) const = 0;
  [[nodiscard]] virtual double clock_ms() const = 0;
};

class ClientFace {
 public:
  virtual ~ClientFace() = default;

  // ---- from the client
  virtual void on_text(PaddedText text) = 0;
  virtual void on_binary(PaddedText bytes) = 0;
  virtual void on_audio_piece(PaddedText /*bytes*/) {}

  // ---- to the client. A face leaves out what its wire has no words for.
  virtual void ready(const proto::Setup& /*setup*/, PaddedText /*raw*/) {}
  // The client is there again, over another connection; what it lacks follows.
  virtual void returned(const proto::Setup& setup) = 0;
  // What was asked for with CallControl::resume() is not to be had.
  virtual void resume_refused() = 0;
  // ... but the model remembers it: go on as if that had been asked for.
  virtual void resume_remembered(std::string_view upstream_handle) = 0;
  virtual void full() = 0;  // there is no place for one more call: fail it
  virtual void reconnecting(std::string_view /*reason*/, int /*attempt*/, Millis /*retry_in*/) {}
  virtual void reconnected(bool /*resumed*/, Millis /*dropped*/) {}
  virtual void speech_started(Millis /*at*/) {}
  virtual void speech_ended(Millis /*at*/) {}
  virtual void transcript(proto::native::Role, std::uint64_t /*turn*/,
                          const proto::Transcription&) {}
  virtual void turn_started(std::uint64_t /*turn*/) {}
  virtual bool audio(const proto::InlineData&) { return false; }  // true: it was handed on
  virtual void text(std::uint64_t /*turn*/, std::string_view /*text*/) {}
  // `played` of it, and these `words`, had been heard.
  virtual void interrupted(std::uint64_t /*turn*/, InterruptedBy, Millis /*played*/,
                           std::string_view /*words*/) {}
  // Somebody may be speaking over it; or nobody was.
  virtual void ducked(std::uint64_t /*turn*/, bool /*ducked*/) {}
  virtual void tool_call(std::uint64_t /*turn*/, const proto::FunctionCall&) {}
  virtual void tool_cancelled(std::string_view /*id*/, InterruptedBy) {}
  virtual void generation_complete(std::uint64_t /*turn*/) {}
  // The turn, or the answer that was to come, says nothing. `reason`: the service's word, or empty.
  virtual void no_answer(std::uint64_t /*turn*/, NoAnswer, std::string_view /*reason*/) {}
  virtual void turn_complete(const turn::TurnMachine::Finished&,
                             std::optional<double> /*gateway_ms*/,
                             const std::optional<proto::Usage>&, const TurnCost&) {}
  // The whole message as the model sent it. `stale`: it holds nothing but content of a reply that
  // was cut off.
  virtual void forward(PaddedText /*raw*/, const proto::ServerMessage&, bool /*stale*/) {}
  virtual void error(std::string_view code, std::string_view message, bool fatal) = 0;
  // `reconnect`: another session can be begun, here or at another gateway of the same name.
  virtual void bye(std::string_view /*reason*/, bool /*reconnect*/) {}
  // The session ends at the end of its turn, after `time_left` at the latest.
  virtual void going_away(Millis /*time_left*/) {}
  // A budget is nearly spent.
  virtual void budget(const meter::Verdict&) {}
  // How the socket is closed for a fault of the model's side.
  [[nodiscard]] virtual CloseClient close_for_upstream(std::uint16_t code,
                                                       std::string_view reason) const = 0;
};

[[nodiscard]] std::unique_ptr<ClientFace> make_native_face(CallControl& call, Codecs& codecs);
[[nodiscard]] std::unique_ptr<ClientFace> make_live_face(CallControl& call, Codecs& codecs);

}  // namespace livegate::session
