// Whether replies reach the client as they should: in order, whole unless somebody cut them off,
// nothing of one that was cut off, nothing of a dead connection, never two answers to one input;
// and each tool call is answered or cancelled once, towards either side.
//
// Knows what the service really said (Truth). Told what the session sends, in order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/marked_audio.h"
#include "sim/tally.h"
#include "sim/truth.h"

namespace livegate::sim {

class ReplyWatch {
 public:
  using Verdict = std::string;

  ReplyWatch(bool native, const Truth& truth, Tally& tally)
      : native_(native), truth_(truth), tally_(tally) {}

  // To the client: an event of either wire, or a piece of audio. `epoch`: of the connection that is
  // open; nothing where it is an old one that nobody was there to hear.
  Verdict told(std::string_view text, std::optional<std::uint32_t> epoch);
  Verdict audio(const Stamp& stamp, std::optional<std::uint32_t> epoch);
  // From the client, before it is handled: a tool's answer.
  void tool_result(std::string_view id);
  // To the model.
  Verdict answered(std::string_view id, std::uint32_t epoch);
  // The gateway waits no longer for a tool, and answers in its place: within this event.
  void gives_up_on_tool() { ++given_up_; }
  void settled() { given_up_ = 0; }
  // An answer could not be kept: the client was told so.
  void refused() { refused_ = true; }
  // At the end: answers that were given and never sent.
  [[nodiscard]] Verdict ended(bool link_ready) const;

 private:
  struct ToolCall {
    bool offered = false, answered = false, cancelled = false, sent = false;
    std::uint32_t sent_epoch = 0;
  };
  Verdict told_native(std::string_view text, bool late);
  Verdict told_live(std::string_view text, std::optional<std::uint32_t> epoch);
  Verdict offer(std::string_view id, bool late);
  Verdict cancel(std::string_view id);
  Verdict complete(bool cut_off);
  void silence();

  const bool native_;
  const Truth& truth_;
  Tally& tally_;
  std::uint32_t newest_ = 0;     // reply of which audio came, plus one
  std::uint32_t pieces_ = 0;     // of it
  std::uint32_t completed_ = 0;  // the newest of which the end came, plus one
  bool silenced_ = false;        // it: the client was told to throw it away
  std::int64_t turn_ = 0;        // the newest that began
  bool turn_has_audio_ = false;
  std::uint32_t turn_reply_ = 0;  // of its audio, plus one
  std::vector<Input> answered_;   // the last few that got a whole reply
  std::map<std::string, ToolCall, std::less<>> tools_;
  std::string last_result_;
  bool refused_ = false;
  int given_up_ = 0;
};

}  // namespace livegate::sim
