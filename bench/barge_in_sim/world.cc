#include "world.h"

#include <algorithm>
#include <cmath>

namespace livegate::bench {
namespace {

constexpr Millis kPacket = 20ms;        // of the client
constexpr Millis kFlushTravels = 80ms;  // from the gateway's stop to silence at the loudspeaker
constexpr Millis kReportEvery = 100ms;
constexpr std::size_t kSentPerPacket = 24 * 80;  // the model speaks four times faster than time

std::int16_t to_s16(float value) {
  return static_cast<std::int16_t>(std::lround(std::clamp(value, -1.0F, 0.9999F) * 32768));
}

}  // namespace

struct World::Run {
  const Scene& scene;
  Instant begin;
  Millis at{0};
  std::size_t sent = 0;
  Millis reported{0};
  std::optional<Millis> silent_from{};  // the client was told to stop
  std::vector<Step> steps{};
};

World::World(std::shared_ptr<const audio::SileroModel> model, const turn::BargeInOptions& barge_in,
             const Loudspeaker& loudspeaker, std::uint64_t seed)
    : loudspeaker_(loudspeaker),
      rng_(seed),
      ear_(audio::make_ear({.kind = model ? audio::EarKind::silero : audio::EarKind::webrtc,
                            .model = model,
                            .frame_ms = 20})),
      barge_in_(barge_in) {}

std::vector<Step> World::play(const Scene& scene) {
  Run run{.scene = scene, .begin = now_};
  guard_.begin_turn();
  barge_in_.start();
  while (static_cast<std::size_t>(run.at.count()) * kPerMilli < scene.surroundings->size()) {
    send(run);
    report(run);
    hear(run);
    run.at += kPacket;
  }
  now_ = run.begin + run.at;
  first_ = false;
  return std::move(run.steps);
}

void World::send(Run& run) {
  const Sound& reply = *run.scene.reply;
  const std::size_t count = std::min(kSentPerPacket, reply.size() - run.sent);
  if (count == 0 || run.silent_from) return;
  std::vector<std::int16_t> samples(count);
  for (std::size_t i = 0; i < count; ++i) samples[i] = to_s16(reply[run.sent + i]);
  guard_.reference(samples, run.begin + run.at);
  run.sent += count;
}

// What it says was true up to 60 ms ago, and comes when it comes.
void World::report(Run& run) {
  if (!loudspeaker_.reports || run.silent_from || run.at - run.reported < kReportEvery) return;
  run.reported = run.at;
  const auto late = Millis(static_cast<int>(rng_.uniform() * 60));
  const double audible = static_cast<double>((run.at - loudspeaker_.delay - late).count());
  if (audible <= 0) return;
  guard_.played(static_cast<std::int64_t>(audible * 24 * (1 + loudspeaker_.drift)),
                run.begin + run.at);
}

void World::hear(Run& run) {
  const Sound& around = *run.scene.surroundings;
  const auto delay = static_cast<std::size_t>(loudspeaker_.delay.count()) * kPerMilli;
  const auto from = static_cast<std::size_t>(run.at.count()) * kPerMilli;
  std::vector<std::int16_t> packet(static_cast<std::size_t>(kPacket.count()) * kPerMilli);
  const float echo =
      loudspeaker_.echo_db ? static_cast<float>(std::pow(10, *loudspeaker_.echo_db / 20)) : 0.0F;
  for (std::size_t i = 0; i < packet.size(); ++i) {
    float sum = from + i < around.size() ? around[from + i] : 0;
    const std::size_t at = from + i - delay;
    const bool silent = run.silent_from && run.at >= *run.silent_from;
    if (from + i >= delay && at < run.scene.played->size() && !silent) {
      sum += echo * (*run.scene.played)[at];
    }
    packet[i] = to_s16(sum);
  }
  const auto jitter = std::chrono::microseconds(static_cast<int>(rng_.uniform() * 15000));
  const Instant arrived = run.begin + run.at + kPacket + jitter;
  const auto length = Millis(static_cast<std::int64_t>(run.scene.reply->size() / 24));
  const Millis played = std::clamp(run.at - loudspeaker_.delay, 0ms, length);
  const bool playing = run.at < length + loudspeaker_.delay && !run.silent_from;
  for (std::size_t part = 0; part < packet.size(); part += audio::kOnsetFrameSamples) {
    const auto frame =
        std::span<const std::int16_t>(packet).subspan(part, audio::kOnsetFrameSamples);
    const bool onset = onset_.push(frame);
    const float excess_db = guard_.excess_db(frame, arrived);
    block_.insert(block_.end(), frame.begin(), frame.end());
    guard_.suppress(std::span(block_).last(frame.size()));
    for (const std::size_t size = ear_->block_samples(); block_.size() >= size;) {
      speech_ = ear_->hear(std::span(block_).first(size)).speech;
      block_.erase(block_.begin(), block_.begin() + static_cast<std::ptrdiff_t>(size));
    }
    const turn::BargeInFrame heard{.length = 10ms,
                                   .speech = speech_,
                                   .level_dbfs = onset_.level_dbfs(),
                                   .excess_db = excess_db,
                                   .onset = onset};
    const turn::PlayingReply reply{
        .playing = playing,
        .played = played,
        .left = run.sent == run.scene.reply->size() ? std::optional(length - played) : std::nullopt,
        .first = first_};
    const turn::BargeInStep step = barge_in_.push(heard, reply);
    if (watch) watch(run.at + Millis(part / kPerMilli), excess_db, speech_, onset);
    if (step == turn::BargeInStep::none) continue;
    run.steps.push_back({step, run.at + kPacket});
    if (step != turn::BargeInStep::stop) continue;
    if (run.scene.goes_on_after_stop) {
      barge_in_.start();
    } else if (!run.silent_from) {
      run.silent_from = run.at + kPacket + kFlushTravels;
      guard_.flush();
    }
  }
}

}  // namespace livegate::bench
