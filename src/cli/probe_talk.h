// One connection of the probe: opens, sends what a case asks for, waits, and writes down by kind
// what is sent and what comes. No case takes longer than kCaseTimeMax.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/live_line.h"
#include "cli/probe_record.h"
#include "net/connector.h"

namespace livegate::cli {

// What all connections of a probe share.
struct ProbeWorld {
  net::Connector::Request request;
  std::string model;                      // "models/..."
  std::vector<std::string> secrets;       // taken out of what the service says
  std::vector<std::int16_t> question;     // spoken, 16 kHz: a short question
  std::vector<std::int16_t> long_answer;  // ... one whose answer takes seconds
};

class ProbeTalk {
 public:
  static constexpr Millis kCaseTimeMax = 24s;

  ProbeTalk(const ProbeWorld& world, ProbeRecord& record);

  // Opens and sets up with these members of the setup beside the model's: "a":1,"b":{}. False: it
  // could not, and the record says why.
  bool begin(std::string_view members);
  bool open();
  void set_up(std::string_view members);

  void say(std::span<const std::int16_t> speech);  // in real time, as pieces of 20 ms
  // In real time, until `done` or for that long. True if done.
  bool silence(Millis time_max, const std::function<bool()>& done);
  void send(Sign sign, std::string_view message);  // a whole client message
  void type(std::string_view text);
  void respond(std::string_view members);  // a toolResponse to the call that came last
  bool wait(Millis time_max, const std::function<bool()>& done);
  void pass(Millis time);
  void ping();
  void close();

  // Whether that came since `from_ms`, and whether a reply has begun or a turn has ended since
  // then.
  [[nodiscard]] bool came(Sign sign, double from_ms) const;
  [[nodiscard]] bool replied(double from_ms) const;
  bool wait_reply(Millis time_max, double from_ms);
  bool wait_turn(Millis time_max, double from_ms);
  // Until no sound has come for that long, but no longer than the limit.
  void wait_quiet(Millis quiet, Millis time_max);
  [[nodiscard]] double now_ms() const;
  [[nodiscard]] bool over() const { return line_.closed().has_value(); }
  [[nodiscard]] const std::string& handle() const { return reader_.handle(); }

 private:
  [[nodiscard]] Millis left(Millis time_max) const;
  void note(Sign sign, double amount = 0, std::string text = {});
  void send_audio(std::span<const std::int16_t> frame);

  const ProbeWorld& world_;
  ProbeRecord& record_;
  net::Loop loop_;
  LiveLine line_;
  FrameReader reader_;
  Instant began_;
  std::size_t messages_ = 0;
  std::string message_;
};

}  // namespace livegate::cli
