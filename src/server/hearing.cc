#include "server/hearing.h"

#include <memory>
#include <utility>

#include "audio/silero.h"

namespace livegate::server {
namespace {

constexpr const char* kNoModel =
    "the voice detector's weights are not here (scripts/models/fetch brings them)";

audio::EarKind kind_of(const std::string& detector) {
  if (detector == "energy") return audio::EarKind::energy;
  if (detector == "floor") return audio::EarKind::floor;
  if (detector == "silero") return audio::EarKind::silero;
  return audio::EarKind::webrtc;
}

audio::Tier tier_of(const std::string& tier) {
  if (tier == "fast") return audio::Tier::fast;
  return tier == "careful" ? audio::Tier::careful : audio::Tier::balanced;
}

session::UplinkMode mode_of(const std::string& mode) {
  if (mode == "turns") return session::UplinkMode::turns;
  if (mode == "open") return session::UplinkMode::open;
  if (mode == "gate") return session::UplinkMode::gate;
  return session::UplinkMode::automatic;
}

turn::EndpointerOptions endpointer_of(const config::Config& config, bool graded) {
  turn::EndpointerOptions options = graded ? turn::graded_options() : turn::verdict_options();
  options.early_end = Millis(config.early_end_ms);
  if (config.hangover_ms > 0) {
    options = turn::with_hangover(options, Millis(config.hangover_ms));
  }
  return options;
}

}  // namespace

Result<Hearing, std::string> make_hearing(const config::Config& config) {
  Hearing hearing;
  std::string detector = config.vad_detector;
  std::shared_ptr<const audio::SileroModel> model;
  if (detector == "auto" || detector == "silero") {
    auto loaded = config.vad_model_file.empty()
                      ? audio::SileroModel::Loaded(Unexpected{std::string(kNoModel)})
                      : audio::SileroModel::load(config.vad_model_file);
    if (loaded) {
      model = std::move(*loaded);
    } else if (detector == "silero") {
      return Unexpected{"vad.detector is silero, but " + loaded.error()};
    } else {
      hearing.warning = loaded.error() + ": the WebRTC detector hears instead";
    }
    detector = model ? "silero" : "webrtc";
  }

  session::UplinkOptions options;
  options.detects = detector != "off";
  options.graded = model != nullptr;
  options.ear = {.kind = kind_of(detector),
                 .tier = tier_of(config.vad_tier),
                 .model = model,
                 .aggressiveness = config.vad_aggressiveness,
                 .energy_threshold = config.vad_energy_threshold,
                 .frame_ms = config.vad_frame_ms};
  options.endpointer = endpointer_of(config, model != nullptr);
  // A detector that calls most noise speech is believed later.
  if (!model) options.barge_in.confirm_speech = 120ms;
  options.barge_in.confirm = Millis(config.barge_in_confirm_ms);
  options.cut_in = config.cut_in;
  options.preroll = Millis(config.preroll_ms);
  options.packet = Millis(config.packet_ms);
  options.speculative_share_max = config.vain_replies;

  hearing.native = hearing.live = options;
  hearing.native.mode = mode_of(config.vad_mode);
  hearing.native.echo_guard = config.echo_guard;
  hearing.live.echo_guard = false;
  hearing.live.mode =
      mode_of(config.vad_drop_in_mode.empty() ? config.vad_mode : config.vad_drop_in_mode);
  return hearing;
}

}  // namespace livegate::server
