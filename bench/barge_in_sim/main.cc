// Barge-ins in simulated time: people of the development set cut in on replies, and everything else
// that a microphone hears does not. Prints how soon the reply is turned down and stopped, and how
// often for nothing, as Markdown. bench/barge_in_sim/run builds and starts it.
//
// Times are audio time from the first labelled speech to the end of the 20 ms packet with which the
// step was known; computing and network are left out.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "cast.h"
#include "world.h"

namespace livegate::bench {
namespace {

using turn::BargeInStep;

struct Settings {
  std::string folder;
  std::shared_ptr<const audio::SileroModel> model;
  turn::BargeInOptions barge_in;
  std::uint64_t seed = 1;
  std::string only_source;  // of people
  std::string only;         // conditions whose name holds this; none: all, and the disturbances
  bool quick = false;
};

struct Condition {
  std::string name;
  Loudspeaker loudspeaker;
};

struct Outcome {
  std::vector<double> duck_ms, stop_ms;  // of real interruptions
  std::vector<std::string> missed;
  int interruptions = 0;
  int false_ducks = 0, false_stops = 0;
  double quiet_hours = 0;  // of playing without a person

  void add(const Outcome& other) {
    duck_ms.insert(duck_ms.end(), other.duck_ms.begin(), other.duck_ms.end());
    stop_ms.insert(stop_ms.end(), other.stop_ms.begin(), other.stop_ms.end());
    missed.insert(missed.end(), other.missed.begin(), other.missed.end());
    interruptions += other.interruptions;
    false_ducks += other.false_ducks;
    false_stops += other.false_stops;
    quiet_hours += other.quiet_hours;
  }
};

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(at, 1) - 1];
}

std::vector<Condition> conditions() {
  std::vector<Condition> out{{"no echo", {}}};
  for (const int echo_db : {-20, -15, -10}) {
    for (const int delay_ms : {80, 300, 700}) {
      const std::string name = std::to_string(echo_db) + " dB, " + std::to_string(delay_ms) + " ms";
      const Millis delay(delay_ms);
      out.push_back({name, {.echo_db = echo_db, .delay = delay}});
      out.push_back(
          {name + ", no reports", {.echo_db = echo_db, .delay = delay, .reports = false}});
    }
    out.push_back({std::to_string(echo_db) + " dB, reports drift by 1 %",
                   {.echo_db = echo_db, .delay = 200ms, .drift = 0.01}});
  }
  return out;
}

// A reply as it is sent and as it comes back, and what else there is to hear.
struct Stage {
  const Reply* reply;
  const Sound* played;
  Sound around;
};

Stage stage_for(const Cast& cast, Rng& rng, const std::string& not_by) {
  const Reply* reply = nullptr;
  do {
    reply = &cast.replies[rng.next() % cast.replies.size()];
  } while (reply->source == not_by);
  return {reply, &reply->played[rng.next() % reply->played.size()], {}};
}

Scene scene_of(const Stage& stage, bool goes_on) {
  return {.reply = &stage.reply->sent,
          .played = stage.played,
          .surroundings = &stage.around,
          .goes_on_after_stop = goes_on};
}

void count_false(const std::vector<Step>& steps, std::size_t samples, Outcome& out) {
  for (const Step& step : steps) {
    out.false_ducks += step.step == BargeInStep::duck ? 1 : 0;
    out.false_stops += step.step == BargeInStep::stop ? 1 : 0;
  }
  out.quiet_hours += static_cast<double>(samples) / kRateHz / 3600;
}

// What came of one interruption whose first word began at `onset`. What happened before it was for
// nothing.
void count_interruption(const std::vector<Step>& steps, Millis onset, const std::string& name,
                        Outcome& out) {
  constexpr Millis kEarly = 100ms;  // labels are good to some tens of milliseconds
  ++out.interruptions;
  bool down = false, stopped = false, early = false;
  double down_ms = 0;
  for (const Step& step : steps) {
    const double after_ms = static_cast<double>((step.at - onset).count());
    if (step.at < onset - kEarly) {
      out.false_ducks += step.step == BargeInStep::duck ? 1 : 0;
      early = early || step.step == BargeInStep::stop;
      out.false_stops += step.step == BargeInStep::stop ? 1 : 0;
      down = step.step == BargeInStep::duck;
      down_ms = 0;
      continue;
    }
    if (step.step == BargeInStep::restore) down = false;
    if (step.step == BargeInStep::duck && !down) {
      down = true;
      down_ms = std::max(0.0, after_ms);
    }
    if (step.step == BargeInStep::stop && !stopped && !early) {
      stopped = true;
      out.stop_ms.push_back(std::max(0.0, after_ms));
      out.duck_ms.push_back(down ? down_ms : after_ms);
    }
  }
  if (early) {
    --out.interruptions;  // there was nothing left to interrupt
  } else if (!stopped) {
    out.missed.push_back(name);
  }
  out.quiet_hours += static_cast<double>(onset.count()) / 3600e3;
}

// Each person interrupts twice, after a first reply that nobody interrupts.
Outcome interruptions(const Cast& cast, const Settings& settings, const Condition& condition,
                      Millis from, Millis until) {
  Outcome out;
  Rng rng(settings.seed);
  std::size_t number = 0;
  for (const Speech& person : cast.people) {
    if (!settings.only_source.empty() && source_of(person.name) != settings.only_source) continue;
    if (settings.quick && number++ % 4 != 0) continue;
    World world(settings.model, settings.barge_in, condition.loudspeaker, rng.next());
    for (int time = 0; time < 3; ++time) {
      Stage stage = stage_for(cast, rng, source_of(person.name));
      const std::size_t length = stage.played->size() + kRateHz;
      const auto delay = static_cast<std::size_t>(condition.loudspeaker.delay.count()) * kPerMilli;
      stage.around = background_of(person, rng, length);
      const double share = rng.uniform();
      if (time == 0) {
        count_false(world.play(scene_of(stage, true)), length, out);
        continue;
      }
      const auto onset =
          delay + static_cast<std::size_t>(static_cast<double>(from.count()) +
                                           share * static_cast<double>((until - from).count())) *
                      kPerMilli;
      // Its own background ends where it begins.
      const std::size_t begin = onset - std::min(onset, person.from);
      // Whoever talks for long stops before the scene does.
      const std::size_t end = std::min(length - 2 * kRateHz, begin + person.sound.size());
      std::fill(stage.around.begin() + static_cast<std::ptrdiff_t>(begin),
                stage.around.begin() + static_cast<std::ptrdiff_t>(end), 0.0F);
      const auto said = person.sound.begin() + static_cast<std::ptrdiff_t>(end - begin);
      mix(stage.around, Sound(person.sound.begin(), said), begin);
      const Millis at(static_cast<std::int64_t>(onset / kPerMilli));
      count_interruption(world.play(scene_of(stage, false)), at, person.name, out);
    }
  }
  return out;
}

Outcome disturbances(const Cast& cast, const Settings& settings, const Disturbance& by,
                     const Condition& condition) {
  Outcome out;
  Rng rng(settings.seed + 77);
  const int calls = settings.quick ? 3 : 12;
  for (int call = 0; call < calls; ++call) {
    World world(settings.model, settings.barge_in, condition.loudspeaker, rng.next());
    for (int time = 0; time < 4; ++time) {
      Stage stage = stage_for(cast, rng, "");
      const std::size_t length = stage.played->size() + kRateHz;
      stage.around = disturb(by, rng, length);
      count_false(world.play(scene_of(stage, true)), length, out);
    }
  }
  return out;
}

void print_interruptions(const std::string& name, const Outcome& out) {
  std::printf("| %s | %d | %.0f / %.0f | %.0f / %.0f | %zu | %.1f | %.0f |\n", name.c_str(),
              out.interruptions, percentile(out.duck_ms, 0.5), percentile(out.duck_ms, 0.95),
              percentile(out.stop_ms, 0.5), percentile(out.stop_ms, 0.95), out.missed.size(),
              out.false_stops / out.quiet_hours, out.false_ducks / out.quiet_hours);
  std::fflush(stdout);
}

void print_heads(const char* first) {
  std::printf(
      "\n| %s | interruptions | duck after p50 / p95 ms | stop after p50 / p95 ms | missed | false "
      "stops per h | false ducks per h |\n|---|---|---|---|---|---|---|\n",
      first);
}

void print_missed(const std::map<std::string, int>& missed) {
  if (!missed.empty()) std::printf("\nMissed:\n");
  for (const auto& [name, times] : missed) std::printf("* %s, %d\n", name.c_str(), times);
}

void print_disturbances(const Cast& cast, const Settings& settings) {
  const Condition none{"no echo", {}}, some{"-15 dB, 200 ms", {.echo_db = -15, .delay = 200ms}};
  const Condition loud{"-10 dB, 300 ms, no reports",
                       {.echo_db = -10, .delay = 300ms, .reports = false}};
  for (const Condition& condition : {none, some, loud}) {
    std::printf(
        "\n| no interruption, %s | false stops per h | false ducks per h | hours |\n"
        "|---|---|---|---|\n",
        condition.name.c_str());
    for (const Disturbance& by : cast.disturbances) {
      const Outcome out = disturbances(cast, settings, by, condition);
      std::printf("| %s | %.0f | %.0f | %.2f |\n", by.name.c_str(),
                  out.false_stops / out.quiet_hours, out.false_ducks / out.quiet_hours,
                  out.quiet_hours);
      std::fflush(stdout);
    }
  }
}

void run(const Settings& settings) {
  const Cast cast = gather(settings.folder, settings.seed);
  if (settings.only == "disturbances") return print_disturbances(cast, settings);
  Outcome echo;
  std::map<std::string, int> missed;
  print_heads("echo, delay");
  for (const Condition& condition : conditions()) {
    if (condition.name.find(settings.only) == std::string::npos) continue;
    const Outcome out = interruptions(cast, settings, condition, 1200ms, 6000ms);
    print_interruptions(condition.name, out);
    if (condition.loudspeaker.echo_db) echo.add(out);
    for (const std::string& name : out.missed) ++missed[name];
  }
  print_interruptions("all with echo", echo);
  print_missed(missed);
  if (!settings.only.empty()) return;
  const Condition none{"no echo", {}}, some{"-15 dB, 200 ms", {.echo_db = -15, .delay = 200ms}};
  print_heads("in the first second of a reply");
  for (const Condition& condition : {none, some}) {
    print_interruptions(condition.name, interruptions(cast, settings, condition, 0ms, 900ms));
  }
  print_disturbances(cast, settings);
}

// name=value, for looking for better ones.
bool set(turn::BargeInOptions& options, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return false;
  const std::string name = text.substr(0, equals);
  const float value = std::strtof(text.c_str() + equals + 1, nullptr);
  const std::map<std::string, float*> numbers{
      {"duck_excess_db", &options.duck_excess_db},
      {"stop_excess_db", &options.stop_excess_db},
      {"speech_on", &options.speech_on},
      {"first_reply_excess_db", &options.first_reply_excess_db}};
  const std::map<std::string, Millis*> times{{"confirm", &options.confirm},
                                             {"confirm_speech", &options.confirm_speech},
                                             {"confirm_edge", &options.confirm_edge},
                                             {"confirm_speech_edge", &options.confirm_speech_edge},
                                             {"edge", &options.edge},
                                             {"first_reply", &options.first_reply},
                                             {"pause", &options.pause},
                                             {"give_up", &options.give_up}};
  if (const auto found = numbers.find(name); found != numbers.end()) {
    *found->second = value;
    return true;
  }
  const auto found = times.find(name);
  if (found == times.end()) return false;
  *found->second = Millis(static_cast<int>(value));
  return true;
}

int start(int count, char** words) {
  Settings settings;
  std::string model;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const std::string next = i + 1 < count ? words[i + 1] : "";
    bool known = true;
    if (word == "--quick") {
      settings.quick = true;
      continue;
    }
    if (word == "--recordings") {
      settings.folder = next;
    } else if (word == "--model") {
      model = next;
    } else if (word == "--seed") {
      settings.seed = std::strtoull(next.c_str(), nullptr, 10);
    } else if (word == "--only") {
      settings.only = next;
    } else if (word == "--source") {
      settings.only_source = next;
    } else {
      known = word == "--set" && set(settings.barge_in, next);
    }
    if (!known) {
      std::fprintf(stderr, "barge_in_sim: what is %s %s?\n", word.c_str(), next.c_str());
      return 2;
    }
    ++i;
  }
  if (!model.empty()) {
    auto loaded = audio::SileroModel::load(model);
    if (!loaded) {
      std::fprintf(stderr, "barge_in_sim: %s\n", loaded.error().c_str());
      return 2;
    }
    settings.model = *loaded;
  }
  run(settings);
  return 0;
}

}  // namespace
}  // namespace livegate::bench

int main(int count, char** words) { return livegate::bench::start(count, words); }
