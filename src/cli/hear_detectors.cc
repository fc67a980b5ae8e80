#include "cli/hear_detectors.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "audio/voice_ear.h"

namespace livegate::cli {
namespace {

constexpr const char* kModelName = "silero_vad_v6.weights";

std::string refusal(const std::string& text) {
  return "'" + text +
         "' is no detector: it must be ear, ear:fast, ear:balanced, ear:careful, voice, silero, "
         "webrtc, webrtc:0 to webrtc:3, energy, energy:0.015, floor or floor:9.";
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
  const Unexpected refused{refusal(text)};
  HearDetector detector;
  detector.name_ = text;
  audio::EarOptions& options = detector.options_;
  options.frame_ms = frame_ms;
  if (kind == "webrtc") {
    options.kind = audio::EarKind::webrtc;
    if (has_value && !reads(value, options.aggressiveness)) return refused;
    if (options.aggressiveness < 0 || options.aggressiveness > 3) return refused;
    detector.name_ = "webrtc:" + std::to_string(options.aggressiveness);
  } else if (kind == "energy") {
    options.kind = audio::EarKind::energy;
    if (has_value && !reads(value, options.energy_threshold)) return refused;
    if (!(options.energy_threshold > 0.0 && options.energy_threshold < 1.0)) return refused;
  } else if (kind == "floor") {
    options.kind = audio::EarKind::floor;
    if (has_value && !reads(value, options.floor_rise_db)) return refused;
    if (!(options.floor_rise_db > 0.0 && options.floor_rise_db < 96.0)) return refused;
  } else {
    const bool is_network = detector.parse_network(kind, has_value ? value : "balanced");
    if (!is_network || (has_value && detector.network_ != Network::ear)) return refused;
    const std::string path = model_file.empty() ? find_voice_model() : model_file;
    if (path.empty()) {
      return Unexpected{
          "The detector " + kind +
          " needs Silero's model, which is not part of Livegate: scripts/models/fetch brings it, "
          "or name a file with --model."};
    }
    auto model = audio::SileroModel::load(path);
    if (!model) return Unexpected{model.error()};
    options.model = std::move(*model);
  }
  return detector;
}

// Whether there is such a network.
bool HearDetector::parse_network(const std::string& kind, const std::string& tier) {
  options_.kind = audio::EarKind::silero;
  if (kind == "silero" || kind == "voice") {
    network_ = kind == "voice" ? Network::filtered : Network::plain;
    return true;
  }
  network_ = Network::ear;
  if (tier == "fast") options_.tier = audio::Tier::fast;
  if (tier == "careful") options_.tier = audio::Tier::careful;
  return kind == "ear" && (tier == "fast" || tier == "balanced" || tier == "careful");
}

std::unique_ptr<audio::Ear> HearDetector::make() const {
  if (!options_.model || network_ == Network::ear) return audio::make_ear(options_);
  return audio::make_ear(network_ == Network::filtered
                             ? audio::make_filtered_silero_detector(options_.model)
                             : audio::make_silero_detector(options_.model));
}

}  // namespace livegate::cli
