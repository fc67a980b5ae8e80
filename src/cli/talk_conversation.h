// The person's side of one conversation over livegate.v1, as a pure function of messages and time:
// says a recording in real time and then nothing, hears the replies at the speed of a loudspeaker,
// answers tool calls from the demonstration home, and knows when the conversation is over. Leaves
// the socket and the clock to talk.cc, and how things look to talk_report.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "cli/talk_event.h"
#include "cli/talk_home.h"
#include "cli/wav.h"

namespace livegate::cli {

struct ToolUse {
  std::string id;
  std::string name;
  std::string args_json;
  std::string answer;  // what the home said: JSON, or the sentence of its refusal
  bool refused = false;
  bool cancelled = false;  // the gateway wanted no answer any more
};

struct TurnRecord {
  std::uint64_t number = 0;
  std::string heard;    // what the person was understood to say
  std::string said;     // the transcript of the reply
  std::string written;  // text that the model wrote instead of speaking
  std::vector<ToolUse> tools;
  std::size_t reply_samples = 0;  // at 24 kHz, without what an interruption left unplayed
  bool interrupted = false;
  proto::native::TurnLatency latency;
  std::optional<proto::native::TurnUsage> usage;
};

// The way to the gateway. False: it takes no more, the conversation is lost.
class TalkLine {
 public:
  virtual ~TalkLine() = default;
  virtual bool send_text(std::string_view json) = 0;
  virtual bool send_audio(std::span<const std::int16_t> samples) = 0;
};

// Whoever tells the person about it.
class TalkListener {
 public:
  virtual ~TalkListener() = default;
  virtual void on_event(std::string_view message) = 0;  // every text frame, as it came, first
  virtual void on_ready(const ServerEvent& ready) = 0;
  virtual void on_turn(const TurnRecord& turn) = 0;       // once, when the turn is complete
  virtual void on_note(const std::string& sentence) = 0;  // something to know that ends nothing
};

struct TalkScript {
  Recording recording;
  Millis answer_time_max{
      20'000};  // silence and no word from the gateway, this long after the recording
};

class Conversation {
 public:
  // `line` and `listener` outlive it. Sends `start` at once.
  Conversation(TalkScript script, TalkLine& line, TalkListener& listener, Instant now);

  void on_text(std::string_view message, Instant now);                // a text frame
  void on_audio(std::span<const std::uint8_t> payload, Instant now);  // a binary frame
  void on_closed(std::uint16_t code, std::string_view reason);
  // To be called every kTick: sends what is due and looks at the deadlines.
  void tick(Instant now);
  static constexpr Millis kTick{20};

  // All replies one after the other at 24 kHz, without what interruptions left unplayed; at most
  // limits::kReplyKeptMax.
  [[nodiscard]] const std::vector<std::int16_t>& replies() const { return replies_; }

  // How it ended: an empty sentence if a turn was completed with audio. Nothing while it goes on.
  [[nodiscard]] const std::optional<std::string>& outcome() const { return outcome_; }

 private:
  enum class Phase : std::uint8_t { starting, talking, stopping, over };

  void on_event(const ServerEvent& event, Instant now);
  void on_transcript(const ServerEvent& event);
  void on_tool_call(const ServerEvent& event);
  void on_interrupted(const ServerEvent& event);
  void on_no_answer(const ServerEvent& event);
  void on_turn_complete(const ServerEvent& event);
  void on_error(const ServerEvent& event);
  TurnRecord& turn(std::uint64_t number);
  void say(Instant now);
  void listen(Instant now);
  void decide(Instant now);
  void send(std::string_view text);
  void stop(Instant now);
  void fail(std::string sentence);
  [[nodiscard]] std::string no_answer() const;

  TalkScript script_;
  TalkLine& line_;
  TalkListener& listener_;
  Home home_;
  Phase phase_ = Phase::starting;
  std::optional<std::string> outcome_;
  Instant phase_since_;

  // Speaking.
  std::vector<std::int16_t> frame_;  // 20 ms, the last piece of the recording padded with silence
  std::size_t sent_samples_ = 0;     // since `ready`, silence included
  std::optional<Instant> recording_ended_;
  Instant last_word_;  // from the gateway, or our own last sample
  bool speech_seen_ = false;
  // Speech was noticed after the last reply began, or the last reply was a holding line.
  bool unanswered_ = false;
  std::uint64_t said_nothing_ = 0;  // the last turn that answered nothing, and why
  std::string why_nothing_;

  // Hearing: a loudspeaker at 24 kHz that plays what has arrived.
  std::size_t received_samples_ = 0;
  std::size_t played_samples_ = 0;
  std::size_t reported_samples_ = 0;
  Instant played_until_;

  std::vector<std::int16_t> replies_;

  std::vector<TurnRecord> open_turns_;
  std::optional<std::uint64_t> running_;  // the turn whose reply comes in
  std::uint64_t completed_ = 0;           // the last turn that was complete
  std::size_t turns_complete_ = 0;
  std::size_t turns_with_audio_ = 0;
};

}  // namespace livegate::cli
