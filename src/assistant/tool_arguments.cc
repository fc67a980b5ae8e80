#include "assistant/tool_arguments.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace livegate::assistant {
namespace {

namespace json = boost::json;
using State = Argument::State;

Argument given(json::value value) { return {State::given, std::move(value)}; }
Argument omitted_if_optional(const Parameter& p) {
  return {p.required ? State::impossible : State::omitted, nullptr};
}

json::value as_number(const Parameter& p, double value) {
  if (p.type == ValueType::integer || value == std::round(value)) {
    return static_cast<std::int64_t>(std::llround(value));
  }
  return value;
}

template <class Fits>
const std::string* choice_where(const Parameter& p, const Fits& fits) {
  const auto found = std::ranges::find_if(
      p.choices, [&](const std::string& choice) { return fits(split_name(choice)); });
  return found == p.choices.end() ? nullptr : &*found;
}

Argument choice_or_none(const Parameter& p, const std::string* choice) {
  return choice != nullptr ? given(json::string(*choice)) : omitted_if_optional(p);
}

// The percentage that an action means; nothing for switching, where it is only for tools that know
// no switch.
double percent_of(const HomeAction& action) {
  switch (action.deed) {
    case Deed::level:
      return action.number;
    case Deed::dim:
      return kDimPercent;
    case Deed::brighten:
      return kBrightPercent;
    case Deed::off:
      return 0.0;
    default:
      return 100.0;
  }
}

Argument level_argument(const Parameter& p, const HomeAction& action) {
  const bool switching = action.deed == Deed::on || action.deed == Deed::off;
  if (switching && !p.required) return {};
  const double percent = percent_of(action);
  if (p.is_numeric()) {
    const double top = p.maximum.value_or(100.0);
    double value = percent / 100.0 * top;
    value = top <= 1.0 ? std::round(value * 100.0) / 100.0 : std::round(value);
    if (top <= 1.0 && p.type == ValueType::integer) return {State::impossible, nullptr};
    if (action.deed == Deed::level && (percent > 100.0 || value < p.minimum.value_or(0.0))) {
      return {State::out_of_range, nullptr};
    }
    return given(as_number(p, std::clamp(value, p.minimum.value_or(0.0), top)));
  }
  if (p.type != ValueType::text) return omitted_if_optional(p);
  const std::string digits = std::to_string(std::llround(percent));
  if (p.choices.empty()) {
    return percent > 100.0 ? Argument{State::out_of_range, nullptr} : given(json::string(digits));
  }
  return choice_or_none(p, choice_where(p, [&](const Words& words) {
                          if (has(words, digits)) return true;
                          if (action.deed == Deed::dim)
                            return has_any(words, {"low", "dim", "dimmed"});
                          if (action.deed == Deed::level) return false;
                          if (percent >= kBrightPercent)
                            return has_any(words, {"high", "bright", "full", "maximum", "max"});
                          return has_any(words, {"off", "none"});
                        }));
}

Argument power_argument(const Parameter& p, const HomeAction& action, bool heat) {
  if (heat && !p.required) return {};
  const bool on = action.deed == Deed::level ? action.number > 0.0 : action.deed != Deed::off;
  if (p.type == ValueType::boolean) return given(on);
  if (p.type != ValueType::text) return omitted_if_optional(p);
  if (p.choices.empty()) return given(on ? "on" : "off");
  return choice_or_none(p, choice_where(p, on ? means_on : means_off));
}

Argument action_argument(const Parameter& p, const HomeAction& action) {
  if (p.type != ValueType::text) return omitted_if_optional(p);
  struct Spoken {
    const char* plain;
    std::vector<std::string_view> words;
  };
  const auto spoken = [&]() -> Spoken {
    switch (action.deed) {
      case Deed::dim:
        return {"dim", {"dim", "dimmer", "lower", "decrease"}};
      case Deed::brighten:
        return {"brighten", {"brighten", "brighter", "raise", "increase"}};
      case Deed::level:
        return {"set_brightness", {"set", "brightness", "level", "dim"}};
      case Deed::temperature:
        return {"set_temperature", {"set", "temperature"}};
      case Deed::warmer:
        return {"increase", {"increase", "raise", "warmer", "up"}};
      case Deed::cooler:
        return {"decrease", {"decrease", "lower", "cooler", "down"}};
      case Deed::on:
        return {"on", {}};
      case Deed::off:
        return {"off", {}};
    }
    return {"", {}};
  }();
  if (p.choices.empty()) return given(spoken.plain);
  if (action.deed == Deed::on) return choice_or_none(p, choice_where(p, means_on));
  if (action.deed == Deed::off) return choice_or_none(p, choice_where(p, means_off));
  const std::string* choice =
      choice_where(p, [&](const Words& words) { return has_any(words, spoken.words); });
  // A switch beside a level: a light at forty percent is on.
  if (choice == nullptr && action.deed <= Deed::brighten) choice = choice_where(p, means_on);
  return choice_or_none(p, choice);
}

Argument temperature_argument(const Parameter& p, const HomeAction& action) {
  if (action.deed != Deed::temperature) return omitted_if_optional(p);
  if (!p.is_numeric()) {
    if (!p.choices.empty()) return omitted_if_optional(p);
    return given(json::string(json::serialize(as_number({}, action.number))));
  }
  const bool broken = p.type == ValueType::integer && action.number != std::round(action.number);
  if (broken || action.number < p.minimum.value_or(action.number) ||
      action.number > p.maximum.value_or(action.number)) {
    return {State::out_of_range, nullptr};
  }
  return given(as_number(p, action.number));
}

Argument color_temperature_argument(const Parameter& p) {
  if (!p.required) return {};
  if (p.is_numeric()) {
    constexpr double kWarmWhiteKelvin = 2700.0;
    return given(as_number(p, std::clamp(kWarmWhiteKelvin, p.minimum.value_or(0.0),
                                         p.maximum.value_or(kWarmWhiteKelvin))));
  }
  if (p.type != ValueType::text) return omitted_if_optional(p);
  if (p.choices.empty()) return given("warm");
  const std::string* const warm = choice_where(p, [](const Words& words) {
    return has_any(words, {"warm", "soft", "neutral", "natural"});
  });
  return given(json::string(warm != nullptr ? *warm : p.choices.front()));
}

Argument other_argument(const Parameter& p, const HomeAction& action, bool heat) {
  if (!p.required) return {};
  if (p.fallback) return given(json::parse(*p.fallback));
  if (p.choices.size() == 1) return given(json::string(p.choices.front()));
  if (heat && p.type == ValueType::text && has_any(p.words, {"unit", "units", "scale"})) {
    const char letter = action.fahrenheit ? 'f' : 'c';
    if (p.choices.empty()) return given(action.fahrenheit ? "fahrenheit" : "celsius");
    return choice_or_none(p, choice_where(p, [&](const Words& words) {
                            return !words.empty() && words.front().front() == letter;
                          }));
  }
  if (heat && has(p.words, "mode")) {
    const std::string* const automatic =
        choice_where(p, [](const Words& words) { return has(words, "auto"); });
    if (automatic != nullptr) return given(json::string(*automatic));
    return choice_or_none(p, choice_where(p, [](const Words& words) {
                            return has_any(words, {"heat", "heating"});
                          }));
  }
  return {State::impossible, nullptr};
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

}  // namespace

Argument argument_for(const Parameter& p, const HomeAction& action, bool heat) {
  if (p.type == ValueType::unsupported || p.is_list) return omitted_if_optional(p);
  switch (p.role) {
    case Role::level:
      return heat ? other_argument(p, action, heat) : level_argument(p, action);
    case Role::power:
      return power_argument(p, action, heat);
    case Role::action:
      return action_argument(p, action);
    case Role::temperature:
      return temperature_argument(p, action);
    case Role::color_temperature:
      return color_temperature_argument(p);
    default:
      return other_argument(p, action, heat);
  }
}

bool names_a_light(const std::string& choice) {
  return std::ranges::any_of(split_name(choice), is_light_word);
}

std::string place_of_choice(const std::string& choice) {
  Words words = split_name(choice);
  std::erase_if(words, [](const std::string& word) {
    return is_light_word(word) || is_heat_word(word) || word == "the";
  });
  const std::string place = joined(words, " ");
  for (const std::string& room : common_rooms()) {
    if (without_spaces(room) == without_spaces(place)) return room;
  }
  return place;
}

std::vector<std::string> place_values(const Parameter& p, const Target& target, bool lights_only) {
  std::vector<std::string> candidates;
  std::vector<std::string> everything;
  for (const std::string& choice : p.choices) {
    if (means_everything(split_name(choice))) {
      everything.push_back(choice);
    } else if (!lights_only || names_a_light(choice)) {
      candidates.push_back(choice);
    }
  }
  if (target.kind == Target::Kind::everything || target.kind == Target::Kind::unsaid) {
    if (!everything.empty()) return {everything.front()};
    if (target.kind == Target::Kind::everything) {
      if (!p.choices.empty()) return candidates;
      return {"all"};
    }
    if (candidates.size() == 1) return candidates;
    return {};
  }
  if (p.choices.empty()) {
    const std::string room = joined(split_name(target.place), "_");
    return {p.role == Role::device ? room + "_light" : room};
  }
  const std::string wanted = without_spaces(target.place);
  std::vector<std::string> exact;
  std::vector<std::string> longer;  // "kitchen" of "kitchen_ceiling_light"
  for (const std::string& choice : candidates) {
    const std::string place = without_spaces(place_of_choice(choice));
    if (place == wanted) exact.push_back(choice);
    if (place.starts_with(wanted)) longer.push_back(choice);
  }
  return exact.empty() ? longer : exact;
}

}  // namespace livegate::assistant
