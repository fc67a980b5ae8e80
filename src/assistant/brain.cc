#include "assistant/brain.h"

#include <algorithm>

#include "assistant/brain_knowledge.h"
#include "assistant/tool_answers.h"

namespace livegate::assistant {
namespace {

constexpr std::size_t kPromisesMax =
    8;  // replies whose calls are still open; the oldest gets a plain "Done."

std::string listed(const std::vector<std::string>& items, const char* last_link) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? std::string(", ") + last_link + " " : ", ";
    text += items[i];
  }
  return text;
}

// The honest list of what would be understood.
std::string can_only(const Brain::Knowledge& knowledge) {
  if (knowledge.examples.empty()) {
    return "I can only answer a few questions, for example: what time is it, who are you, or tell "
           "me a story.";
  }
  return "I can only do a few things. Say, for example: " + listed(knowledge.examples, "or") + ".";
}

bool is_heating(Deed deed) { return deed >= Deed::temperature; }

std::string degrees(double value) { return std::to_string(static_cast<int>(value)); }

}  // namespace

Result<Brain, std::string> Brain::make(std::string_view tools_json,
                                       const std::function<bool(const std::string&)>& knows_word,
                                       Clock clock) {
  auto tools = read_tools(tools_json);
  if (!tools) return Unexpected{tools.error()};
  return Brain(learn(std::move(*tools), knows_word), std::move(clock));
}

Brain::Brain(std::shared_ptr<const Knowledge> knowledge, Clock clock)
    : knowledge_(std::move(knowledge)), clock_(std::move(clock)) {}

const std::string& Brain::grammar() const { return knowledge_->grammar; }

Reply Brain::on_words(std::string_view words) {
  const auto reading = knowledge_->book.read(words_of_line(words));
  if (!reading) return on_not_understood();
  if (reading->meaning >= kToolMeanings) {
    return on_other_tool(static_cast<std::size_t>(reading->meaning - kToolMeanings), *reading);
  }
  if (reading->meaning >= kHomeMeanings) {
    const HomePattern& pattern =
        home_patterns()[static_cast<std::size_t>(reading->meaning - kHomeMeanings)];
    return on_home_action(action_of(pattern, *reading), pattern.sentence.again);
  }
  const Topic topic = static_cast<Topic>(reading->meaning);
  std::string speech = answer(topic, clock_());
  if (topic == Topic::help) speech += " " + can_only(*knowledge_);
  return {{}, std::move(speech)};
}

Reply Brain::on_not_understood() {
  return {{}, "I did not understand that. " + can_only(*knowledge_)};
}

Reply Brain::on_home_action(HomeAction action, bool again) {
  if (again) {
    if (!last_target_) return {{}, "Tell me first which lights you mean."};
    action.target = *last_target_;
  }
  auto calls = plan(knowledge_->tools, action);
  if (!calls) return refusal_of(action, calls.error());
  if (!is_heating(action.deed)) last_target_ = action.target;
  remember(*calls, done_sentence(action));
  return {std::move(*calls), ""};
}

Reply Brain::refusal_of(const HomeAction& action, Refusal refusal) const {
  const char* const what = is_heating(action.deed) ? "heating" : "lights";
  const bool declared = std::ranges::any_of(knowledge_->tools,
                                            is_heating(action.deed) ? is_heat_tool : is_light_tool);
  switch (refusal) {
    case Refusal::which_place: {
      HomeAction complete = action;
      const auto places = places_of(knowledge_->tools);
      complete.target = {Target::Kind::place, places.empty() ? "kitchen" : places.front()};
      return {{}, "Where? Say, for example: " + request_sentence(complete) + "."};
    }
    case Refusal::out_of_range: {
      if (!is_heating(action.deed)) {
        return {{}, "That brightness is out of the range of these lights."};
      }
      const Range range = temperature_range(knowledge_->tools);
      std::string speech = "The heating does not take that temperature.";
      if (range.minimum && range.maximum) {
        speech += " It goes from " + degrees(*range.minimum) + " to " + degrees(*range.maximum) +
                  " degrees.";
      }
      return {{}, speech};
    }
    case Refusal::no_tool:
      break;
  }
  if (knowledge_->tools.empty()) {
    return {{},
            std::string("No tool for the ") + what +
                " was declared in this session, so I cannot do that. " + can_only(*knowledge_)};
  }
  if (!declared) {
    return {
        {},
        std::string("None of the declared tools works the ") + what + ". " + can_only(*knowledge_)};
  }
  return {{}, "None of the declared tools does that. " + can_only(*knowledge_)};
}

Reply Brain::on_other_tool(std::size_t tool, const Reading& reading) {
  const Tool& chosen = knowledge_->tools[tool];
  auto call = call_of(chosen, knowledge_->phrases[tool], reading);
  if (!call) return {{}, "That number is out of range for " + spoken_name(chosen) + "."};
  Reply reply;
  reply.calls.push_back(std::move(*call));
  const bool asks = is_query_word(chosen.words.front());
  remember(reply.calls, asks ? "" : "Done: " + spoken_name(chosen) + ".");
  return reply;
}

void Brain::remember(const std::vector<ToolRequest>& calls, std::string sentence) {
  if (promises_.size() >= kPromisesMax) promises_.pop_front();
  promises_.emplace_back(calls.front(), std::move(sentence));
}

Reply Brain::on_picture(int width, int height) {
  if (has_seen_picture_) return {};
  has_seen_picture_ = true;
  return {{},
          "I got a picture of " + std::to_string(width) + " by " + std::to_string(height) +
              " pixels, but the offline assistant cannot see what is on it."};
}

Reply Brain::on_tool_results(const std::vector<ToolRequest>& calls,
                             const std::vector<std::string>& responses_json) {
  std::string sentence = "Done.";
  bool promised = false;
  if (!calls.empty()) {
    const auto found = std::ranges::find_if(promises_, [&](const auto& promise) {
      return promise.first.name == calls.front().name &&
             promise.first.args_json == calls.front().args_json;
    });
    if (found != promises_.end()) {
      promised = true;
      sentence = found->second;
      promises_.erase(found);
    }
  }
  std::string answers;
  for (const std::string& response : responses_json) {
    const ToolAnswer read = read_answer(response);
    if (read.failed) {
      return {{}, "That did not work" + (read.detail.empty() ? "." : ": " + read.detail + ".")};
    }
    answers += (answers.empty() ? "" : ", ") + read.detail;
  }
  // An empty promise is a question that was put to a tool: its answer is what to say.
  if (promised && sentence.empty()) return {{}, answers.empty() ? "Done." : answers + "."};
  return {{}, sentence};
}

}  // namespace livegate::assistant
