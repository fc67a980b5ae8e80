// Many endpointers over the same hearing: what one parameter changes when all else stays.
//
//   sweep MODEL TIER OUT_DIR VARIANT... -- FILE.wav...
//
// VARIANT is `NAME` or `NAME:parameter=value,parameter=value`, as `livegate hear --set`
// takes them, or hangover=MS, the same whatever was said; what is not named keeps its default. Each
// recording (mono, 16 bit, 16 kHz) is heard once; each variant writes OUT_DIR/NAME/RECORDING.txt
// with the lines of `livegate hear --events --early`. The ear attends while the first variant is
// open.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "audio/ear.h"
#include "audio/silero.h"
#include "cli/hear_settings.h"
#include "turn/endpointer.h"

namespace {

using livegate::Millis;
using livegate::turn::Endpointer;
using livegate::turn::EndpointerOptions;
using livegate::turn::SpeechStep;

struct Variant {
  std::string name;
  EndpointerOptions options = livegate::turn::graded_options();
};

void set(EndpointerOptions& options, const std::string& setting) {
  if (setting.starts_with("hangover=")) {
    options = livegate::turn::with_hangover(options, Millis(std::stoi(setting.substr(9))));
    return;
  }
  const auto done = livegate::cli::set_endpointer(setting, options);
  if (!done) throw std::runtime_error(done.error());
}

Variant parse_variant(const std::string& text) {
  const auto colon = text.find(':');
  Variant variant{.name = text.substr(0, colon)};
  std::size_t at = colon == std::string::npos ? text.size() : colon + 1;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    set(variant.options, text.substr(at, end - at));
    at = end + 1;
  }
  if (!livegate::turn::is_sound(variant.options)) {
    throw std::runtime_error("these parameters do not go together: " + text);
  }
  return variant;
}

std::vector<std::int16_t> read_wav(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, &bytes[at + 4], sizeof(size));
    if (bytes.compare(at, 4, "data") == 0) {
      std::vector<std::int16_t> samples(std::min<std::size_t>(size, bytes.size() - at - 8) / 2);
      std::memcpy(samples.data(), &bytes[at + 8], samples.size() * 2);
      return samples;
    }
    at += 8 + size + (size & 1U);
  }
  throw std::runtime_error("no audio in " + path);
}

const char* word_of(SpeechStep step) {
  switch (step) {
    case SpeechStep::began:
      return "start";
    case SpeechStep::paused:
      return "paused";
    case SpeechStep::resumed:
      return "resumed";
    case SpeechStep::ended:
      return "end";
    default:
      return nullptr;
  }
}

void run(const std::string& file, livegate::audio::Ear& ear, const std::vector<Variant>& variants,
         const std::filesystem::path& out) {
  const std::vector<std::int16_t> samples = read_wav(file);
  std::vector<Endpointer> endpointers;
  std::vector<std::string> lines(variants.size());
  for (const Variant& variant : variants) endpointers.emplace_back(variant.options);
  ear.reset();
  ear.attend(false);
  const std::size_t block = ear.block_samples();
  for (std::size_t at = 0; at + block <= samples.size(); at += block) {
    const auto heard = ear.hear(std::span(samples).subspan(at, block));
    for (std::size_t i = 0; i < endpointers.size(); ++i) {
      const char* word = word_of(endpointers[i].push(heard.length, heard.speech, heard.level_dbfs));
      if (word == nullptr) continue;
      char line[48];
      (void)std::snprintf(line, sizeof(line), "%.10g %s\n", static_cast<double>(at + block) / 16.0,
                          word);
      lines[i] += line;
    }
    ear.attend(endpointers.front().is_open());
  }
  const std::string name = std::filesystem::path(file).stem().string() + ".txt";
  for (std::size_t i = 0; i < variants.size(); ++i) {
    std::ofstream(out / variants[i].name / name, std::ios::binary) << lines[i];
  }
}

livegate::audio::Tier tier_of(std::string_view name) {
  using livegate::audio::Tier;
  if (name == "fast") return Tier::fast;
  if (name == "balanced") return Tier::balanced;
  if (name == "careful") return Tier::careful;
  throw std::runtime_error("TIER must be fast, balanced or careful");
}

int sweep(std::span<char*> arguments) {
  if (arguments.size() < 6) {
    std::cerr << "usage: sweep MODEL TIER OUT_DIR VARIANT... -- FILE.wav...\n";
    return 2;
  }
  auto model = livegate::audio::SileroModel::load(arguments[1]);
  if (!model) throw std::runtime_error(model.error());
  livegate::audio::EarOptions options;
  options.tier = tier_of(arguments[2]);
  options.model = *model;
  const auto ear = livegate::audio::make_ear(options);
  const std::filesystem::path out = arguments[3];
  std::vector<Variant> variants;
  std::size_t at = 4;
  for (; at < arguments.size() && std::string_view(arguments[at]) != "--"; ++at) {
    variants.push_back(parse_variant(arguments[at]));
    std::filesystem::create_directories(out / variants.back().name);
  }
  if (variants.empty()) throw std::runtime_error("no VARIANT");
  for (++at; at < arguments.size(); ++at) run(arguments[at], *ear, variants, out);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  return sweep(std::span(argv, static_cast<std::size_t>(argc)));
} catch (const std::exception& failure) {
  std::cerr << "sweep: " << failure.what() << '\n';
  return 1;
}
