// How a talk looks to whoever watches it: plain aligned text for people, the gateway's events for
// programs.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "cli/talk_conversation.h"

namespace livegate::cli {

class TalkReport final : public TalkListener {
 public:
  enum class Style : std::uint8_t {
    text,   // everything, for people
    json,   // every event as the gateway sent it, a line each
    quiet,  // nothing
  };

  // The streams outlive it. `url` and `source` are shown once the gateway is ready.
  TalkReport(std::ostream& out, std::ostream& err, Style style, std::string url,
             std::string source);

  void on_event(std::string_view message) override;
  void on_ready(const ServerEvent& ready) override;
  void on_turn(const TurnRecord& turn) override;
  void on_note(const std::string& sentence) override;
  void on_reply_written(const std::string& path, double seconds);

 private:
  void line(std::string_view label, std::string_view text);
  void tool(const ToolUse& use);
  void latency(const proto::native::TurnLatency& latency);

  std::ostream& out_;
  std::ostream& err_;
  Style style_;
  std::string url_;
  std::string source_;
};

}  // namespace livegate::cli
