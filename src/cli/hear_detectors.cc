#include "cli/hear_detectors.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace livegate::cli {
namespace {

constexpr const char* kModelName = "silero_vad_v6.onnx";

std::string refusal(const std::string& text) {
  return "'" + text +
         "' is no detector: it must be webrtc, webrtc:0 to webrtc:3, energy, energy:0.015 or "
         "silero.";
}

template <class Number>
bool reads(const std::string& text, Number& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

}  // namespace

std::string find_voice_model() {
  namespace fs = std::filesystem;
  if (const char* named = std::getenv("LIVEGATE_VAD_MODEL")) return named;
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (const fs::path& folder :
       {program.parent_path().parent_path() / "models", fs::path("build") / "models"}) {
    const fs::path file = folder / kModelName;
    if (fs::is_regular_file(file, ignored)) return file.string();
  }
  return {};
}

Result<HearDetector, std::string> HearDetector::parse(const std::string& text, int frame_ms,
                                                      const std::string& model_file) {
  const std::size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  const bool has_value = colon != std::string::npos;
  const std::string value = has_value ? text.substr(colon + 1) : "";
  HearDetector detector;
  detector.name_ = text;
  detector.frame_ms_ = frame_ms;
  if (kind == "webrtc") {
    detector.aggressiveness_ = 3;
    if (has_value && !reads(value, detector.aggressiveness_)) return Unexpected{refusal(text)};
    if (detector.aggressiveness_ < 0 || detector.aggressiveness_ > 3) {
      return Unexpected{refusal(text)};
    }
    detector.name_ = "webrtc:" + std::to_string(detector.aggressiveness_);
  } else if (kind == "energy") {
    detector.threshold_ = audio::kEnergyThreshold;
    if (has_value && !reads(value, detector.threshold_)) return Unexpected{refusal(text)};
    if (!(detector.threshold_ > 0.0 && detector.threshold_ < 1.0)) {
      return Unexpected{refusal(text)};
    }
  } else if (text == "silero") {
    const std::string path = model_file.empty() ? find_voice_model() : model_file;
    if (path.empty()) {
      return Unexpected{
          std::string("The detector silero needs its model, which is not part of Livegate: "
                      "scripts/models/fetch brings it, or name a file with --model.")};
    }
    auto model = audio::SileroModel::load(path);
    if (!model) return Unexpected{model.error()};
    detector.model_ = std::move(*model);
  } else {
    return Unexpected{refusal(text)};
  }
  return detector;
}

std::unique_ptr<audio::Detector> HearDetector::make() const {
  if (model_) return audio::make_silero_detector(model_);
  if (aggressiveness_ >= 0) {
    return audio::make_detector(audio::make_webrtc_vad(aggressiveness_, frame_ms_));
  }
  return audio::make_detector(audio::make_energy_vad(threshold_, frame_ms_));
}

}  // namespace livegate::cli
