#include "offline/scenario.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include <toml++/toml.h>

#include "assistant/phrase_book.h"
#include "base/limits.h"
#include "offline/standin_settings.h"

namespace livegate::offline {
namespace {

constexpr const char* kKeys = "to, heard, silence, say, calls, then_say, fault, delay and times";

// Reads one file and keeps the first problem, with the line it stands on.
class ScenarioReader {
 public:
  explicit ScenarioReader(std::string name) : name_(std::move(name)) {}

  Scenario read(const toml::table& root);
  [[nodiscard]] const std::string& problem() const { return problem_; }
  void refuse(const toml::source_region& where, const std::string& sentence) {
    if (!problem_.empty()) return;
    problem_ = name_ + ":" + std::to_string(where.begin.line) + ": " + sentence;
  }

 private:
  ScenarioAnswer read_answer(const toml::table& table);
  void read_key(const std::string& key, const toml::node& value, ScenarioAnswer& out);
  void read_phrases(const toml::node& value, ScenarioAnswer& out);
  void read_calls(const toml::node& value, ScenarioAnswer& out);
  void read_fault(const toml::node& value, ScenarioAnswer& out);
  std::string text(const toml::node& value, const char* what);
  Millis time(const toml::node& value, const char* what);

  std::string name_;
  std::string problem_;
};

std::string ScenarioReader::text(const toml::node& value, const char* what) {
  if (const auto* string = value.as_string()) return string->get();
  refuse(value.source(), std::string(what) + " is a text in quotes.");
  return {};
}

Millis ScenarioReader::time(const toml::node& value, const char* what) {
  const auto parsed = parse_duration(text(value, what));
  if (parsed && *parsed <= limits::kOfflineReplyMax) return *parsed;
  refuse(value.source(),
         std::string(what) + ": " + (parsed ? "120s are the most." : parsed.error()));
  return Millis{0};
}

void ScenarioReader::read_phrases(const toml::node& value, ScenarioAnswer& out) {
  const auto add = [&](const toml::node& phrase) {
    out.to.push_back(assistant::words_of_line(text(phrase, "each of 'to'")));
    if (out.to.back().empty()) refuse(phrase.source(), "a phrase of 'to' has no words.");
  };
  const auto* const list = value.as_array();
  if (list == nullptr) return add(value);
  if (list->empty()) refuse(value.source(), "'to' is empty; leave it out to fit whatever is said.");
  for (const toml::node& phrase : *list) add(phrase);
}

void ScenarioReader::read_calls(const toml::node& value, ScenarioAnswer& out) {
  const auto* const list = value.as_array();
  if (list == nullptr) return refuse(value.source(), "'calls' is a list of { name, args }.");
  for (const toml::node& each : *list) {
    const auto* const table = each.as_table();
    const toml::node* const name = table == nullptr ? nullptr : table->get("name");
    if (name == nullptr)
      return refuse(each.source(), "a call is { name = \"...\", args = {...} }.");
    assistant::ToolRequest call{.name = text(*name, "a call's name"), .args_json = "{}"};
    for (const auto& [key, member] : *table) {
      if (key.str() == "name") continue;
      if (key.str() != "args" || !member.is_table()) {
        return refuse(member.source(), "a call is { name = \"...\", args = {...} }.");
      }
      std::ostringstream json;
      json << toml::json_formatter{*member.as_table()};
      call.args_json = json.str();
    }
    out.calls.push_back(std::move(call));
  }
}

void ScenarioReader::read_fault(const toml::node& value, ScenarioAnswer& out) {
  const std::string name = text(value, "'fault'");
  out.fault = fault_named(name);
  if (out.fault && static_cast<std::size_t>(*out.fault) < kTurnFaults) return;
  std::string known;
  for (std::size_t i = 0; i < kTurnFaults; ++i) {
    known += (i == 0 ? "" : ", ") + std::string(name_of(static_cast<Fault>(i)));
  }
  refuse(value.source(), "no turn has the fault '" + name + "'; there are " + known + ".");
}

void ScenarioReader::read_key(const std::string& key, const toml::node& value,
                              ScenarioAnswer& out) {
  if (key == "to") return read_phrases(value, out);
  if (key == "calls") return read_calls(value, out);
  if (key == "fault") return read_fault(value, out);
  if (key == "heard") {
    out.heard = text(value, "'heard'");
  } else if (key == "say") {
    out.say = text(value, "'say'");
  } else if (key == "then_say") {
    out.then_say = text(value, "'then_say'");
  } else if (key == "silence") {
    out.silence = time(value, "'silence'");
  } else if (key == "delay") {
    out.delay = time(value, "'delay'");
  } else if (key == "times") {
    const auto number = value.value<int>();
    if (!value.is_integer() || !number || *number < 0) {
      return refuse(value.source(), "'times' is a whole number; 0 means as often as it fits.");
    }
    out.times = *number;
  } else {
    refuse(value.source(), "an answer has no '" + key + "'; it has " + kKeys + ".");
  }
}

ScenarioAnswer ScenarioReader::read_answer(const toml::table& table) {
  ScenarioAnswer answer;
  for (const auto& [key, value] : table) read_key(std::string(key.str()), value, answer);
  if (answer.to.empty() && !table.contains("times")) answer.times = 1;
  if (!answer.then_say.empty() && answer.calls.empty()) {
    refuse(table.source(), "'then_say' is said once 'calls' have been answered; there are none.");
  }
  const bool says_nothing =
      answer.say.empty() && answer.silence == Millis{0} && answer.calls.empty();
  if (says_nothing && !answer.fault) {
    refuse(table.source(), "this answer does nothing; it needs say, silence, calls or fault.");
  }
  return answer;
}

Scenario ScenarioReader::read(const toml::table& root) {
  Scenario scenario;
  for (const auto& [key, value] : root) {
    const auto* const answers = value.as_array();
    if (key.str() != "answer" || answers == nullptr) {
      refuse(value.source(), "a scenario has [[answer]] and no '" + std::string(key.str()) + "'.");
      continue;
    }
    for (const toml::node& each : *answers) {
      const auto* const table = each.as_table();
      if (table == nullptr) {
        refuse(each.source(), "an answer begins with [[answer]].");
      } else if (scenario.answers.size() >= limits::kScenarioAnswersMax) {
        refuse(each.source(), "a scenario has at most 1000 answers.");
      } else {
        scenario.answers.push_back(read_answer(*table));
      }
    }
  }
  if (scenario.answers.empty()) refuse(root.source(), "there is no [[answer]] in it.");
  return scenario;
}

bool contains(const std::vector<std::string>& words, const std::vector<std::string>& phrase) {
  return std::search(words.begin(), words.end(), phrase.begin(), phrase.end()) != words.end();
}

}  // namespace

Result<Scenario, std::string> read_scenario(std::string_view toml, const std::string& name) {
  ScenarioReader reader(name);
  try {
    Scenario scenario = reader.read(toml::parse(toml));
    if (!reader.problem().empty()) return Unexpected{reader.problem()};
    return scenario;
  } catch (const toml::parse_error& error) {
    reader.refuse(error.source(), std::string(error.description()) + ".");
    return Unexpected{reader.problem()};
  }
}

ScenarioPlace::ScenarioPlace(std::shared_ptr<const Scenario> scenario)
    : scenario_(std::move(scenario)), given_(scenario_ ? scenario_->answers.size() : 0) {}

const ScenarioAnswer* ScenarioPlace::peek(std::string_view words) const {
  const std::vector<std::string> said = assistant::words_of_line(words);
  for (std::size_t i = 0; i < given_.size(); ++i) {
    const ScenarioAnswer& answer = scenario_->answers[i];
    const bool used_up = answer.times > 0 && given_[i] >= answer.times;
    const bool fits = answer.to.empty() || std::ranges::any_of(answer.to, [&](const auto& phrase) {
                        return contains(said, phrase);
                      });
    if (!used_up && fits) return &answer;
  }
  return nullptr;
}

const ScenarioAnswer* ScenarioPlace::next(std::string_view words) {
  const ScenarioAnswer* const answer = peek(words);
  if (answer == nullptr) return nullptr;
  int& given = given_[static_cast<std::size_t>(answer - scenario_->answers.data())];
  if (given < answer->times) ++given;
  return answer;
}

}  // namespace livegate::offline
