// What happened on one connection of the probe: what was sent and what came, by kind and time. No
// word, no sound, no key and no handle is in it, so a record can be shown to anybody.
//
// Decides which kind a frame is. Leaves what follows from it to probe_judges.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/padded_text.h"
#include "proto/gemini.h"

namespace livegate::cli {

enum class Sign : std::uint8_t {
  // sent
  setup,
  speech_begins,
  speech_ends,
  silence_begins,
  stream_end,
  activity_start,
  activity_end,
  typed,
  blank,
  content,
  empty_content,
  tool_response,
  picture,
  media_chunks,
  // came
  setup_complete,
  empty,  // {}
  activity,
  heard,  // inputTranscription
  audio,
  words,  // outputTranscription
  text,
  interrupted,
  tool_call,
  tool_cancelled,
  generation_complete,
  turn_complete,
  holding,  // turnComplete with interactionStatus IN_PROGRESS
  status,   // interactionStatus
  handle,
  go_away,
  pong,
  closed,
};
[[nodiscard]] std::string_view sign_name(Sign sign);
[[nodiscard]] bool was_sent(Sign sign);

struct ProbeEvent {
  double ms = 0;  // since the connection was open
  Sign sign = Sign::setup;
  std::size_t message = 0;  // of those that came: equal for what one message said
  double amount = 0;        // ms of audio, characters of words, the close code, ms of a pong
  std::string note = {};    // the reason of a close, made fit to be shown
};

struct ProbeRecord {
  std::vector<ProbeEvent> events;
  std::string failure;  // why it could not be carried out, or empty

  [[nodiscard]] const ProbeEvent* first(Sign sign, double from_ms = 0) const;
  [[nodiscard]] const ProbeEvent* last(Sign sign) const;
  [[nodiscard]] bool has(Sign sign) const { return first(sign) != nullptr; }
  // The first sign of a reply after that time: sound, words, a call, or the end of a turn.
  [[nodiscard]] const ProbeEvent* reply(double from_ms) const;
  // The close by the service, if it closed.
  [[nodiscard]] const ProbeEvent* closed() const { return last(Sign::closed); }
};

// By the name of the case.
using ProbeRecords = std::map<std::string, ProbeRecord, std::less<>>;

// Appends what one message says. `number` counts messages.
class FrameReader {
 public:
  void read(PaddedText message, double ms, std::size_t number, ProbeRecord& record);
  // The call and the handle that came last: needed to answer, never recorded.
  [[nodiscard]] const std::string& call_id() const { return call_id_; }
  [[nodiscard]] const std::string& call_name() const { return call_name_; }
  [[nodiscard]] const std::string& handle() const { return handle_; }

 private:
  proto::GeminiDecoder decoder_;
  proto::ServerMessage message_;
  std::string call_id_, call_name_, handle_;
};

}  // namespace livegate::cli
