// The two short conversations that the doctor holds, and what it measures in them. The text is
// typed, the phrase is spoken by a synthetic voice: nothing of a person is sent.
//
// Decides when what is said. Leaves what the figures mean to doctor_rules.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor_rules.h"
#include "cli/live_line.h"
#include "proto/gemini.h"

namespace livegate::cli {

// "what time is it" in the synthetic voice, at 16 kHz, with half a second of quiet before.
[[nodiscard]] std::vector<std::int16_t> doctors_phrase();

// Over livegate.v1, through a gateway.
class GatewayTalk {
 public:
  GatewayTalk(net::Loop& loop, std::vector<std::string> secrets, Millis patience);

  [[nodiscard]] LiveLine& line() { return line_; }
  // Milliseconds from `start` to `ready`; nothing if there was none: then problem() says why.
  std::optional<double> start();
  // When the echoes of so many small messages came, `every` apart.
  std::vector<double> echoes(std::size_t count, Millis every);
  AnswerSeen ask_typed(std::string_view text);
  AnswerSeen ask_spoken(const std::vector<std::int16_t>& phrase);
  void stop();

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const std::string& problem_code() const { return problem_code_; }
  [[nodiscard]] const std::string& model() const { return model_; }
  [[nodiscard]] const std::string& upstream() const { return upstream_; }
  [[nodiscard]] const std::string& detector() const { return detector_; }

 private:
  void on_message(ws::Opcode opcode, PaddedText payload, Instant at);
  void on_event(std::string_view text, Instant at);
  void await_answer();
  [[nodiscard]] AnswerSeen take_answer(Instant asked);
  [[nodiscard]] bool over() const { return answer_.complete || !problem_.empty(); }

  const std::vector<std::string> secrets_;
  const Millis patience_;
  LiveLine line_;
  bool ready_ = false;
  std::string model_, upstream_, detector_;
  std::string problem_, problem_code_;
  std::vector<Instant> pongs_;
  AnswerSeen answer_;
  std::vector<Instant> arrivals_;
  std::size_t samples_ = 0;  // of all replies
};

// Over the Live API, straight to the model's side.
class UpstreamTalk {
 public:
  UpstreamTalk(net::Loop& loop, std::vector<std::string> secrets, Millis patience);

  [[nodiscard]] LiveLine& line() { return line_; }
  // Milliseconds from `setup` to `setupComplete`; nothing if there was none.
  std::optional<double> start(std::string_view model);
  AnswerSeen ask_typed(std::string_view text);
  // Between explicit marks of activity, which every model takes.
  AnswerSeen ask_spoken(const std::vector<std::int16_t>& phrase);

  // What the service said instead: its close code and reason, fit to be shown.
  [[nodiscard]] std::string problem() const;

 private:
  void on_message(PaddedText payload, Instant at);
  void await_answer();
  [[nodiscard]] AnswerSeen take_answer(Instant asked);

  const std::vector<std::string> secrets_;
  const Millis patience_;
  LiveLine line_;
  proto::GeminiDecoder decoder_;
  proto::ServerMessage message_;
  bool ready_ = false;
  AnswerSeen answer_;
  std::vector<Instant> arrivals_;
};

}  // namespace livegate::cli
