#include "sounds.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numbers>
#include <sstream>

#include <sndfile.h>

#include "audio/resampler.h"

namespace livegate::bench {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "barge_in_sim: %s\n", why.c_str());
  std::exit(2);
}

double noise(Rng& rng) { return 2 * rng.uniform() - 1; }
double between(Rng& rng, double low, double high) { return low + (high - low) * rng.uniform(); }

// A resonance at `hz` with a bandwidth, two poles.
class Resonance {
 public:
  Resonance(double hz, double width_hz)
      : r_(std::exp(-std::numbers::pi * width_hz / kRateHz)),
        a_(2 * r_ * std::cos(2 * std::numbers::pi * hz / kRateHz)) {}
  double run(double in) {
    const double out = (1 - r_) * in + a_ * y1_ - r_ * r_ * y2_;
    y2_ = y1_;
    y1_ = out;
    return out;
  }

 private:
  double r_, a_, y1_ = 0, y2_ = 0;
};

void level_to(Sound& sound, double dbfs) { amplify(sound, dbfs - active_dbfs(sound)); }

}  // namespace

Sound to_float(const std::vector<std::int16_t>& samples) {
  Sound out(samples.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(samples[i]) / 32768;
  return out;
}

Sound read_wav(const std::string& path) {
  SF_INFO info{};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) give_up("cannot read " + path + ".");
  if (info.channels != 1 || info.samplerate != static_cast<int>(kRateHz)) {
    give_up(path + " is not mono at 16 kHz.");
  }
  Sound out(static_cast<std::size_t>(info.frames));
  out.resize(static_cast<std::size_t>(sf_readf_float(file, out.data(), info.frames)));
  sf_close(file);
  return out;
}

Speech read_speech(const std::string& folder, const std::string& name) {
  Speech out{.name = name, .sound = read_wav(folder + "/" + name + ".wav")};
  out.speaking.resize(out.sound.size() / (10 * kPerMilli) + 1);
  std::ifstream labels(folder + "/" + name + ".csv");
  if (!labels) give_up("cannot read " + folder + "/" + name + ".csv.");
  std::string line;
  std::getline(labels, line);
  out.from = out.sound.size();
  while (std::getline(labels, line)) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream row(line);
    std::size_t from_ms = 0, to_ms = 0;
    int speech = 0;
    if (!(row >> from_ms >> to_ms >> speech) || speech == 0) continue;
    out.from = std::min(out.from, from_ms * kPerMilli);
    out.to = std::min(out.sound.size(), to_ms * kPerMilli);
    for (std::size_t at = from_ms / 10; at < to_ms / 10 && at < out.speaking.size(); ++at) {
      out.speaking[at] = true;
    }
  }
  return out;
}

Sound resampled(const Sound& sound, int from_hz, int to_hz) {
  std::vector<std::int16_t> in(sound.size()), out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i] = static_cast<std::int16_t>(std::clamp(sound[i] * 32768.0F, -32768.0F, 32767.0F));
  }
  audio::Resampler(from_hz, to_hz).process(in, out);
  return to_float(out);
}

double active_dbfs(const Sound& sound) {
  std::vector<double> powers;
  double loudest = 0;
  constexpr std::size_t kFrame = 10 * kPerMilli;
  for (std::size_t at = 0; at + kFrame <= sound.size(); at += kFrame) {
    double power = 0;
    for (std::size_t i = at; i < at + kFrame; ++i) power += sound[i] * sound[i];
    powers.push_back(power / kFrame);
    loudest = std::max(loudest, powers.back());
  }
  double sum = 0;
  int count = 0;
  for (const double power : powers) {
    if (power < loudest / 100) continue;
    sum += power;
    ++count;
  }
  return count == 0 || sum <= 0 ? -120 : 10 * std::log10(sum / count);
}

void amplify(Sound& sound, double db) {
  const auto gain = static_cast<float>(std::pow(10, db / 20));
  for (float& value : sound) value *= gain;
}

void mix(Sound& to, const Sound& what, std::size_t at, double db) {
  const auto gain = static_cast<float>(std::pow(10, db / 20));
  for (std::size_t i = 0; i < what.size() && at + i < to.size(); ++i) to[at + i] += gain * what[i];
}

Sound white(Rng& rng, std::size_t samples, double dbfs) {
  Sound out(samples);
  const double amplitude = std::sqrt(3.0) * std::pow(10, dbfs / 20);
  for (float& value : out) value = static_cast<float>(amplitude * noise(rng));
  return out;
}

Sound background_of(const Speech& speech, Rng& rng, std::size_t samples) {
  constexpr std::size_t kGrain = 80 * kPerMilli;
  std::vector<std::size_t> starts;  // of grains in which nobody speaks
  for (std::size_t at = 0; at + kGrain <= speech.sound.size(); at += 10 * kPerMilli) {
    bool quiet = true;
    for (std::size_t frame = at / 160; frame < (at + kGrain) / 160; ++frame) {
      quiet = quiet && !speech.speaking[frame];
    }
    if (quiet) starts.push_back(at);
  }
  if (starts.empty()) return white(rng, samples, active_dbfs(speech.sound) - 45);
  Sound out(samples + kGrain, 0.0F);
  for (std::size_t at = 0; at < samples; at += kGrain / 2) {
    const std::size_t from = starts[rng.next() % starts.size()];
    for (std::size_t i = 0; i < kGrain; ++i) {
      // Halves that overlap add up in power.
      const double window = std::sin(std::numbers::pi * (static_cast<double>(i) + 0.5) / kGrain);
      out[at + i] += static_cast<float>(window) * speech.sound[from + i];
    }
  }
  out.resize(samples);
  return out;
}

Sound in_its_room(const Speech& speech, Rng& rng, std::size_t lead) {
  Sound out = background_of(speech, rng, lead);
  out.insert(out.end(), speech.sound.begin(), speech.sound.end());
  const Sound after = background_of(speech, rng, lead);
  out.insert(out.end(), after.begin(), after.end());
  return out;
}

Sound mhm(Rng& rng) {
  const double pitch_hz = between(rng, 90, 220);
  Resonance nose(between(rng, 230, 330), 80), mouth(between(rng, 900, 1200), 300);
  Sound out;
  double phase = 0;
  const int syllables = rng.uniform() < 0.7 ? 2 : 1;
  for (int syllable = 0; syllable < syllables; ++syllable) {
    const auto length = static_cast<std::size_t>(between(rng, 120, 260)) * kPerMilli;
    for (std::size_t i = 0; i < length; ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(length);
      phase += pitch_hz * (1 + 0.25 * syllable + 0.1 * share) / kRateHz;
      const bool pulse = phase >= 1;
      if (pulse) phase -= 1;
      const double in = (pulse ? 1.0 : 0.0) + 0.01 * noise(rng);
      const double loud = std::sin(std::numbers::pi * share);
      out.push_back(static_cast<float>(loud * (nose.run(in) + 0.05 * mouth.run(in))));
    }
    const Sound gap(static_cast<std::size_t>(between(rng, 20, 80)) * kPerMilli, 0.0F);
    out.insert(out.end(), gap.begin(), gap.end());
  }
  level_to(out, -30);
  return out;
}

Sound cough(Rng& rng) {
  Resonance low(between(rng, 400, 700), 250), high(between(rng, 1200, 1800), 500);
  const auto length = static_cast<std::size_t>(between(rng, 250, 450)) * kPerMilli;
  const double burst_ms = between(rng, 30, 60), pitch_hz = between(rng, 110, 230);
  double phase = 0;
  Sound out(length);
  for (std::size_t i = 0; i < length; ++i) {
    const double ms = static_cast<double>(i) / kPerMilli;
    phase += pitch_hz / kRateHz;
    const bool pulse = phase >= 1;
    if (pulse) phase -= 1;
    const double rise = std::min(1.0, ms / 4);
    const double loud = ms < burst_ms ? rise : 0.45 * std::exp(-(ms - burst_ms) / 110);
    const double voice = ms > 1.5 * burst_ms && pulse ? 3 : 0;
    const double in = noise(rng) + voice;
    out[i] = static_cast<float>(loud * (0.3 * in + low.run(in) + high.run(in)));
  }
  level_to(out, -24);
  return out;
}

Sound click(Rng& rng) {
  Sound out(static_cast<std::size_t>(between(rng, 5, 25)) * kPerMilli);
  const double decay = between(rng, 1, 5) * kPerMilli;
  Resonance body(between(rng, 1000, 4000), 400);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double in = noise(rng) * std::exp(-static_cast<double>(i) / decay);
    out[i] = static_cast<float>(0.3 * in + body.run(in));
  }
  level_to(out, -22);
  return out;
}

Sound through_room(const Sound& played, Rng& rng, double decay_ms) {
  // The loudspeaker: 6 dB an octave down below 300 Hz, and a soft limit.
  Sound speaker(played.size());
  double in_before = 0, low = 0;
  for (std::size_t i = 0; i < played.size(); ++i) {
    low = 0.89 * (low + played[i] - in_before);
    in_before = played[i];
    speaker[i] = static_cast<float>(std::tanh(2 * low) / 2);
  }
  struct Tap {
    std::size_t late;
    float gain;
  };
  std::vector<Tap> taps{{0, 1.0F}};
  for (int i = 0; i < 40; ++i) {
    const double ms = between(rng, 2, decay_ms * 0.7);
    const double db = -3 - 60 * ms / decay_ms - 8;
    const double sign = rng.uniform() < 0.5 ? -1 : 1;
    taps.push_back({static_cast<std::size_t>(ms * kPerMilli),
                    static_cast<float>(sign * std::pow(10, db / 20))});
  }
  Sound out(played.size() + static_cast<std::size_t>(decay_ms) * kPerMilli, 0.0F);
  for (const Tap& tap : taps) {
    for (std::size_t i = 0; i < speaker.size(); ++i) out[i + tap.late] += tap.gain * speaker[i];
  }
  return out;
}

}  // namespace livegate::bench
