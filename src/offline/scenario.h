// Scripted mode: a scenario file that says what the model answers. docs/stand-in.md describes it.
//
// Decides which of a scenario's answers fits what was said, and that each is used as often as it
// may be. Leaves to the session how an answer is given.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/home_action.h"
#include "base/instant.h"
#include "base/result.h"
#include "offline/faults.h"

namespace livegate::offline {

struct ScenarioAnswer {
  // Each a phrase in the words of words_of_line; one of them is in what was said. Empty: whatever
  // was said, understood or not.
  std::vector<std::vector<std::string>> to;
  std::string heard;  // the inputTranscription, instead of what was recognised
  Millis silence{0};  // sound without speech, before the words
  std::string say;
  std::vector<assistant::ToolRequest> calls;
  std::string then_say;         // once the calls have been answered
  std::optional<Fault> fault;   // one of a turn's
  std::optional<Millis> delay;  // instead of the setting first_audio
  int times = 0;                // how often it may be given; 0: as often as it fits
};

struct Scenario {
  std::vector<ScenarioAnswer> answers;
};

// A scenario's text (TOML). The error is one sentence with file and line: "a.toml:7: ...".
[[nodiscard]] Result<Scenario, std::string> read_scenario(std::string_view toml,
                                                          const std::string& name);

// How far a conversation has come in its scenario. Copied with what is remembered of it.
class ScenarioPlace {
 public:
  ScenarioPlace() = default;  // without a scenario nothing ever fits
  explicit ScenarioPlace(std::shared_ptr<const Scenario> scenario);

  // The first answer that fits `words` (empty: not understood) and has not been used up; it counts
  // as given. Null: the assistant answers itself. Lives as long as the scenario.
  const ScenarioAnswer* next(std::string_view words);
  // The same without giving it.
  [[nodiscard]] const ScenarioAnswer* peek(std::string_view words) const;

  // `jsgf` with the phrases of the answers added, as far as `knows_word` knows their words.
  template <class KnowsWord>
  [[nodiscard]] std::string with_phrases(std::string jsgf, const KnowsWord& knows_word) const {
    const std::size_t end = jsgf.rfind(';');
    if (!scenario_ || end == std::string::npos) return jsgf;
    std::string phrases;
    for (const ScenarioAnswer& answer : scenario_->answers) {
      for (const std::vector<std::string>& phrase : answer.to) {
        std::string text;
        for (const std::string& word : phrase) {
          if (!knows_word(word)) text.clear();
          if (!knows_word(word)) break;
          text += ' ' + word;
        }
        if (!text.empty()) phrases += "\n |" + text;
      }
    }
    return jsgf.insert(end, phrases);
  }

 private:
  std::shared_ptr<const Scenario> scenario_;
  std::vector<int> given_;
};

}  // namespace livegate::offline
