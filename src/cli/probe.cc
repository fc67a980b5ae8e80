#include "cli/probe.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "audio/pcm.h"
#include "speech/synthesizer.h"

namespace livegate::cli {
namespace {

constexpr std::size_t kLeadSamples = audio::kUplinkRateHz / 2;

std::vector<std::int16_t> spoken(const std::string& text) {
  std::vector<std::int16_t> phrase(kLeadSamples);
  const auto speech =
      speech::Synthesizer::open()->speak(text, speech::Voice::rms, audio::kUplinkRateHz);
  // The synthesiser ends in quiet, which would count as silence.
  auto end = speech.end();
  while (end != speech.begin() && std::abs(static_cast<int>(*(end - 1))) < 300) --end;
  phrase.insert(phrase.end(), speech.begin(), end);
  return phrase;
}

// All cases, so many at a time, each on a thread and a loop of its own.
ProbeRecords run_cases(const ProbeWorld& world, int parallel, std::ostream& err) {
  const auto cases = probe_cases();
  std::vector<ProbeRecord> records(cases.size());
  std::atomic<std::size_t> next{0};
  std::mutex telling;
  const auto work = [&] {
    for (std::size_t i = next++; i < cases.size(); i = next++) {
      {
        const std::lock_guard lock(telling);
        err << "livegate doctor: " << i + 1 << " of " << cases.size() << ": " << cases[i].doing
            << " ..." << std::endl;
      }
      cases[i].run(world, records[i]);
    }
  };
  std::vector<std::thread> threads;
  const auto count = std::clamp<std::size_t>(static_cast<std::size_t>(parallel), 1, cases.size());
  for (std::size_t i = 0; i < count; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  ProbeRecords named;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    named.emplace(cases[i].name, std::move(records[i]));
  }
  return named;
}

// Why nothing at all could be asked; empty if something could.
std::string no_answer_at_all(const ProbeRecords& records) {
  std::string why;
  for (const auto& [name, record] : records) {
    if (record.has(Sign::setup_complete)) return {};
    if (!record.failure.empty()) why = record.failure;
    if (const ProbeEvent* closed = record.closed(); closed != nullptr && name == "marks") {
      return "the service closed with " + std::to_string(std::lround(closed->amount)) + " \"" +
             closed->note + "\"";
    }
  }
  return why.empty() ? "no setup was answered" : why;
}

bool write_file(const std::filesystem::path& path, const std::string& text, std::ostream& err) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (file) return true;
  err << "livegate doctor: cannot write " << path.string() << ".\n";
  return false;
}

bool write_results(const ProbeOrder& order, const std::string& toml, const std::string& report,
                   std::ostream& out, std::ostream& err) {
  const std::filesystem::path dir(order.output_dir);
  std::string stem = "livegate-probe-" + order.head.model;
  std::ranges::replace(stem, '/', '-');
  std::error_code ignored;
  std::filesystem::create_directories(dir, ignored);
  const auto report_path = dir / (stem + ".json");
  if (!write_file(report_path, report, err)) return false;
  out << "\nReport, without speech, words, keys or handles: " << report_path.string() << '\n';
  if (toml.empty()) {
    out << "Nothing is to be set in the configuration.\n";
    return true;
  }
  const auto toml_path = dir / (stem + ".toml");
  if (!write_file(toml_path, toml, err)) return false;
  out << "For the configuration: " << toml_path.string() << "\n\n" << toml;
  return true;
}

}  // namespace

int run_probe(const ProbeOrder& order, std::ostream& out, std::ostream& err) {
  out << "Probing " << order.head.model << " at " << order.head.upstream << '\n'
      << cost_text(probe_cases(), probe_prices()) << std::endl;
  if (!order.yes && !order.ask) {
    err << "livegate doctor: --probe costs money; say --yes, or run it on a terminal to be "
           "asked.\n";
    return 2;
  }
  if (!order.yes && !order.ask("Go ahead? [y/N] ")) {
    err << "livegate doctor: nothing was sent.\n";
    return 2;
  }
  const ProbeWorld world{.request = order.request,
                         .model = order.model,
                         .secrets = order.secrets,
                         .question = spoken("what time is it"),
                         .long_answer = spoken("count to ten")};
  const ProbeRecords records = run_cases(world, order.parallel, err);
  if (const std::string why = no_answer_at_all(records); !why.empty()) {
    err << "livegate doctor: nothing could be asked: " << why << ".\n";
    return 2;
  }
  const auto sightings = judge(records, order.assumed);
  out << table_text(sightings);
  const std::string toml = overrides_toml(order.head, sightings);
  if (!write_results(order, toml, report_json(order.head, sightings, records), out, err)) return 2;
  const bool differs = std::ranges::any_of(sightings, &Sighting::differs);
  return order.strict && differs ? 1 : 0;
}

}  // namespace livegate::cli
