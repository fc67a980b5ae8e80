#include "cli/sim.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <ostream>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include "sim/conversation.h"

namespace livegate::cli {
namespace {

constexpr std::array<std::pair<std::string_view, sim::Canary>, 10> kCanaries = {{
    {"none", sim::Canary::none},
    {"held-twice", sim::Canary::held_twice},
    {"stale-frame", sim::Canary::stale_frame},
    {"lost-piece", sim::Canary::lost_piece},
    {"answer-twice", sim::Canary::answer_twice},
    {"dead-epoch", sim::Canary::dead_epoch},
    {"again-twice", sim::Canary::again_twice},
    {"deaf-to-pongs", sim::Canary::deaf_to_pongs},
    {"token-kept", sim::Canary::token_kept},
    {"mark-trusted", sim::Canary::mark_trusted},
}};

constexpr std::size_t kLastLines = 40;
constexpr std::size_t kFailuresShown = 10;
constexpr auto kProgressEvery = std::chrono::seconds(10);

std::string command_for(std::uint64_t seed, const SimOptions& options) {
  std::string command = "livegate sim --seed " + std::to_string(seed);
  if (options.minutes != 30) command += " --minutes " + std::to_string(options.minutes);
  if (!options.canary.empty()) command += " --canary " + options.canary;
  if (options.no_faults) command += " --no-faults";
  return command;
}

// Keeps the last lines written to it: the same seed is held once more to get them.
std::string last_lines(const std::string& text) {
  std::size_t begin = text.size();
  for (std::size_t lines = 0; begin > 0 && lines <= kLastLines; ++lines) {
    begin = text.rfind('\n', begin - 1);
    if (begin == std::string::npos) return text;
  }
  return text.substr(begin + 1);
}

class Runs {
 public:
  Runs(const SimOptions& options, const sim::Options& world, std::ostream& out)
      : options_(options), world_(world), out_(out) {}

  void all(std::uint64_t first, std::uint64_t count) {
    next_ = first;
    end_ = first + count;
    began_ = shown_ = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < options_.threads; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
  }

  void print_summary() const;
  [[nodiscard]] bool broken() const { return !failures_.empty(); }

 private:
  struct Failure {
    std::uint64_t seed;
    std::string what;
  };

  void work() {
    session::Codecs codecs;
    for (std::uint64_t seed = next_++; seed < end_; seed = next_++) {
      add(sim::Conversation(seed, world_, codecs).run());
    }
  }
  void add(const sim::Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    ++held_;
    tally_.add(outcome.tally);
    simulated_ += outcome.simulated;
    if (!outcome.broken.empty()) failures_.push_back({outcome.seed, outcome.broken});
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < kProgressEvery) return;
    shown_ = now;
    out_ << held_ << " conversations, " << static_cast<std::int64_t>(hours()) << " h simulated, "
         << failures_.size() << " broken" << std::endl;
  }
  [[nodiscard]] double hours() const {
    return std::chrono::duration<double, std::ratio<3600>>(simulated_).count();
  }

  const SimOptions& options_;
  const sim::Options& world_;
  std::ostream& out_;
  std::atomic<std::uint64_t> next_{0};
  std::uint64_t end_ = 0;
  std::mutex mutex_;
  std::uint64_t held_ = 0;
  sim::Tally tally_;
  std::chrono::nanoseconds simulated_{};
  std::vector<Failure> failures_;
  std::chrono::steady_clock::time_point began_, shown_;
};

void Runs::print_summary() const {
  const double wall_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  for (std::size_t i = 0; i < sim::kCounts; ++i) {
    if (tally_.counts[i] == 0) continue;
    std::string name(sim::kCountNames[i]);
    name.resize(38, ' ');
    out_ << "  " << name << tally_.counts[i] << '\n';
  }
  std::ostringstream line;
  line.precision(3);
  line << held_ << " conversations, " << hours() << " h simulated in " << wall_s << " s, "
       << hours() / wall_s << " h/s; " << failures_.size() << " broke an invariant";
  out_ << line.str() << '\n';
  if (failures_.empty()) return;
  auto sorted = failures_;
  std::ranges::sort(sorted, {}, &Failure::seed);
  for (std::size_t i = 0; i < std::min(sorted.size(), kFailuresShown); ++i) {
    out_ << command_for(sorted[i].seed, options_) << "   " << sorted[i].what << '\n';
  }
  std::ostringstream trace;
  session::Codecs codecs;
  (void)sim::Conversation(sorted.front().seed, world_, codecs, &trace).run();
  out_ << "the end of seed " << sorted.front().seed << ":\n" << last_lines(trace.str());
}

// One conversation, traced or recorded.
int hold_one(const SimOptions& options, const sim::Options& world, std::ostream& out,
             std::ostream& err) {
  session::Codecs codecs;
  std::ostream* const trace = options.trace ? &out : nullptr;
  const auto outcome = sim::Conversation(*options.seed, world, codecs, trace).run();
  if (world.records) {
    std::ofstream file(options.record_file, std::ios::binary);
    file << outcome.recording << std::flush;
    if (!file) {
      err << "livegate sim: " << options.record_file << " cannot be written.\n";
      return 2;
    }
    out << outcome.recording.size() << " bytes in " << options.record_file << '\n';
  }
  if (!outcome.broken.empty()) out << "broken: " << outcome.broken << '\n';
  if (options.trace) out << "hash " << std::hex << outcome.hash << std::dec << '\n';
  return outcome.broken.empty() ? 0 : 1;
}

}  // namespace

int run_sim(const SimOptions& options, std::ostream& out, std::ostream& err) {
  sim::Options world;
  world.length = std::chrono::minutes(options.minutes);
  world.faults = !options.no_faults;
  if (!options.canary.empty()) {
    const auto* const canary = std::ranges::find(kCanaries, std::string_view(options.canary),
                                                 &decltype(kCanaries)::value_type::first);
    if (canary == kCanaries.end()) {
      err << "livegate sim: --canary is one of";
      for (const auto& [name, _] : kCanaries) err << ' ' << name;
      err << ".\n";
      return 2;
    }
    world.canary = canary->second;
  }
  const bool records = !options.record_file.empty();
  if (options.with_speech && !records) {
    err << "livegate sim: --with-speech wants a --record.\n";
    return 2;
  }
  if (options.trace || records) {
    if (!options.seed || options.seeds_given) {
      err << "livegate sim: " << (records ? "--record" : "--trace")
          << " wants a --seed, and that alone.\n";
      return 2;
    }
    world.records = records;
    world.records_speech = options.with_speech;
    return hold_one(options, world, out, err);
  }
  const std::uint64_t first =
      options.seed ? *options.seed : (std::uint64_t{std::random_device{}()} << 20);
  const std::uint64_t count = options.seed && !options.seeds_given ? 1 : options.seeds;
  out << count << " conversations of " << options.minutes << " min, seeds from " << first
      << std::endl;
  Runs runs(options, world, out);
  runs.all(first, count);
  runs.print_summary();
  return runs.broken() ? 1 : 0;
}

}  // namespace livegate::cli
