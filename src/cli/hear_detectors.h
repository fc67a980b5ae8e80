// Voice detectors by the names that people give them on a command line.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "audio/detector.h"
#include "base/result.h"

namespace livegate::cli {

// Where the Silero model is: the file named by LIVEGATE_VAD_MODEL, else models/silero_vad_v6.onnx
// beside the folder that the program stands in (build/models for build/release), else
// build/models/silero_vad_v6.onnx from here. Empty where none of them is a file.
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
  [[nodiscard]] bool is_graded() const { return model_ != nullptr; }  // more than yes and no
  [[nodiscard]] std::unique_ptr<audio::Detector> make() const;

 private:
  HearDetector() = default;

  std::string name_;
  int frame_ms_ = 20;
  int aggressiveness_ = -1;
  double threshold_ = 0;
  std::shared_ptr<const audio::SileroModel> model_;
};

}  // namespace livegate::cli
