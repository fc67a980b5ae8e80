// Voice detectors by the names that people give them on a command line.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "audio/ear.h"
#include "base/result.h"

namespace livegate::cli {

// Where the Silero model is: the file named by LIVEGATE_VAD_MODEL, else
// models/silero_vad_v6.weights beside the folder that the program stands in (build/models for
// build/release), else build/models/silero_vad_v6.weights from here. Empty where none of them is a
// file.
[[nodiscard]] std::string find_voice_model();

// One detector that was asked for; makes any number of streams.
class HearDetector {
 public:
  // `frame_ms` 10, 20 or 30, for those whose frame can be chosen. `model_file`: Silero's, or empty
  // to look for it. The error is one sentence.
  [[nodiscard]] static Result<HearDetector, std::string> parse(const std::string& text,
                                                               int frame_ms,
                                                               const std::string& model_file);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_graded() const {
    return options_.model != nullptr;
  }  // more than yes and no
  [[nodiscard]] std::unique_ptr<audio::Ear> make() const;

 private:
  HearDetector() = default;
  bool parse_network(const std::string& kind, const std::string& tier);

  enum class Network : std::uint8_t { plain, filtered, ear };

  std::string name_;
  audio::EarOptions options_;
  Network network_ = Network::plain;
};

}  // namespace livegate::cli
