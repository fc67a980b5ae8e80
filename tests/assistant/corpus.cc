#include "corpus.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <numbers>
#include <sstream>
#include <stdexcept>

#include <sndfile.h>

#include "audio/resampler.h"
#include "audio/vad.h"
#include "base/rng.h"
#include "offline/live_session_ear.h"

namespace livegate::assistant {
namespace {

constexpr std::size_t kRateHz = 16000;
constexpr std::size_t kQuietSamples = kRateHz * 3 / 10;

// Faint noise, as from any microphone; digital silence is nothing that a decoder ever hears.
void append_quiet(Samples& samples, Rng& rng) {
  for (std::size_t i = 0; i < kQuietSamples; ++i) {
    samples.push_back(static_cast<std::int16_t>(std::lround(4.0 * rng.uniform() - 2.0)));
  }
}

double normal(Rng& rng) {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - rng.uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * rng.uniform());
}

// Pink by Paul Kellet's filter: 3 dB per octave within 0.5 dB.
std::vector<double> noise_of(Noise kind, std::size_t count, Rng& rng) {
  std::vector<double> noise(count);
  double b[6] = {};
  for (double& sample : noise) {
    const double white = normal(rng);
    if (kind == Noise::white) {
      sample = white;
      continue;
    }
    b[0] = 0.99886 * b[0] + white * 0.0555179;
    b[1] = 0.99332 * b[1] + white * 0.0750759;
    b[2] = 0.96900 * b[2] + white * 0.1538520;
    b[3] = 0.86650 * b[3] + white * 0.3104856;
    b[4] = 0.55000 * b[4] + white * 0.5329522;
    b[5] = -0.7616 * b[5] - white * 0.0168980;
    sample = b[0] + b[1] + b[2] + b[3] + b[4] + b[5] + white * 0.5362;
  }
  return noise;
}

double rms_of(const std::vector<double>& samples) {
  double energy = 0.0;
  for (const double sample : samples) energy += sample * sample;
  return std::sqrt(energy / static_cast<double>(std::max<std::size_t>(1, samples.size())));
}

// RMS over the 20 ms frames within 25 dB of the loudest.
double speech_level(const Samples& speech) {
  constexpr std::size_t kFrame = kRateHz / 50;
  std::vector<double> energies;
  for (std::size_t at = 0; at + kFrame <= speech.size(); at += kFrame) {
    double energy = 0.0;
    for (std::size_t i = at; i < at + kFrame; ++i) energy += double{1} * speech[i] * speech[i];
    energies.push_back(energy / kFrame);
  }
  if (energies.empty()) return 0.0;
  const double floor = *std::ranges::max_element(energies) / 316.0;
  std::erase_if(energies, [&](double energy) { return energy < floor; });
  double sum = 0.0;
  for (const double energy : energies) sum += energy;
  return std::sqrt(sum / static_cast<double>(energies.size()));
}

struct Stretch {
  double begin = 0.0;  // seconds
  double end = 0.0;
};

// Stretches of speech by the labels beside a recording, joined over pauses shorter than `pause`.
std::vector<Stretch> labelled(const std::filesystem::path& wav, double pause) {
  std::filesystem::path labels = wav;
  std::ifstream file(labels.replace_extension(".csv"));
  std::vector<Stretch> stretches;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    double begin_ms = 0.0;
    double end_ms = 0.0;
    int speech = 0;
    char comma = 0;
    std::istringstream(line) >> begin_ms >> comma >> end_ms >> comma >> speech;
    if (speech == 0) continue;
    if (!stretches.empty() && begin_ms / 1000 - stretches.back().end < pause) {
      stretches.back().end = end_ms / 1000;
    } else {
      stretches.push_back({begin_ms / 1000, end_ms / 1000});
    }
  }
  return stretches;
}

Samples cut(const Samples& all, double begin, double end) {
  const auto place = [&](double seconds) {
    const double sample = std::clamp(seconds * kRateHz, 0.0, static_cast<double>(all.size()));
    return static_cast<std::ptrdiff_t>(sample);
  };
  return Samples(all.begin() + place(begin), all.begin() + place(end));
}

}  // namespace

std::vector<Sentence> read_sentences(const std::filesystem::path& list) {
  std::ifstream file(list);
  if (!file) throw std::runtime_error("cannot read " + list.string());
  std::vector<Sentence> sentences;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t bar = line.find(" | ");
    if (bar == std::string::npos) {
      sentences.push_back({line, ""});
    } else {
      sentences.push_back({line.substr(0, bar), line.substr(bar + 3)});
    }
  }
  return sentences;
}

Samples read_wav(const std::filesystem::path& file) {
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> wav(sf_open(file.c_str(), SFM_READ, &info),
                                                        sf_close);
  if (!wav || info.channels != 1) throw std::runtime_error("no mono WAV file: " + file.string());
  Samples samples(static_cast<std::size_t>(info.frames));
  samples.resize(static_cast<std::size_t>(sf_read_short(wav.get(), samples.data(), info.frames)));
  Samples result;
  audio::Resampler(info.samplerate, static_cast<int>(kRateHz)).process(samples, result);
  return result;
}

Samples with_quiet(const Samples& speech) {
  Rng rng(1);
  Samples samples;
  append_quiet(samples, rng);
  samples.insert(samples.end(), speech.begin(), speech.end());
  append_quiet(samples, rng);
  return samples;
}

Samples with_noise(const Samples& speech, Noise kind, double snr_db, std::uint64_t seed) {
  if (kind == Noise::none) return speech;
  Rng rng(seed);
  const std::vector<double> noise = noise_of(kind, speech.size(), rng);
  const double gain = speech_level(speech) / std::pow(10.0, snr_db / 20.0) / rms_of(noise);
  Samples mixed(speech.size());
  for (std::size_t i = 0; i < speech.size(); ++i) {
    mixed[i] =
        static_cast<std::int16_t>(std::clamp(speech[i] + gain * noise[i], -32768.0, 32767.0));
  }
  return mixed;
}

std::vector<Samples> pieces_of(const std::filesystem::path& wav, std::size_t every) {
  const Samples all = read_wav(wav);
  const double seconds = static_cast<double>(all.size()) / kRateHz;
  std::vector<Samples> pieces{all};
  for (const double pause : {0.5, 0.3, 0.1}) {
    for (const Stretch& stretch : labelled(wav, pause)) {
      pieces.push_back(cut(all, stretch.begin - 0.25, stretch.end + 0.25));
    }
  }
  std::vector<offline::Heard> heard;
  offline::Ear ear(
      {}, audio::make_webrtc_vad(offline::EarOptions{}.aggressiveness, offline::kEarFrameMs));
  ear.hear(all, static_cast<int>(kRateHz), heard);
  ear.end_stream(heard);
  for (const offline::Heard& event : heard) {
    if (const auto* const said = std::get_if<offline::Utterance>(&event)) {
      pieces.push_back(said->samples);
    }
  }
  // A stranger's endpointer may cut anywhere.
  Rng rng(all.size());
  for (double at = 0.0; at < seconds; at += 1.5) {
    const double begin = rng.uniform() * seconds;
    pieces.push_back(cut(all, begin, begin + 0.8 + 3.2 * rng.uniform()));
  }
  std::vector<Samples> chosen;
  for (std::size_t i = all.size() % every; i < pieces.size(); i += every) {
    chosen.push_back(std::move(pieces[i]));
  }
  return chosen;
}

}  // namespace livegate::assistant
