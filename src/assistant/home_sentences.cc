#include "assistant/home_sentences.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "assistant/home_words.h"
#include "assistant/spoken_numbers.h"

namespace livegate::assistant {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// {L} the light of a place or everywhere, {H} heating words.
std::string written_out(std::string text) {
  const std::string light = "(light | lights | lamp | lamps)";
  text = replaced(std::move(text), "{L}",
                  "([the] <place> " + light + " | the " + light +
                      " in the <place> | <everything> | the " + light + ")");
  return replaced(std::move(text), "{H}", "[the | my] (thermostat | temperature | heating | heat)");
}

struct Line {
  Deed deed;
  const char* pattern;
  bool by_ear = true;
  bool again = false;
};

constexpr bool kTyped = false;  // too short, or too like another sentence, to be told apart by ear

const std::vector<Line>& lines() {
  static const std::vector<Line> all = {
      {Deed::on, "(turn | switch) on {L}"},
      {Deed::on, "(turn | switch) {L} on"},
      {Deed::off, "(turn | switch) off {L}"},
      {Deed::off, "(turn | switch) {L} off"},
      {Deed::level, "(set | dim | brighten) {L} to <number> percent"},
      {Deed::level, "set the <place> to <number> percent"},
      {Deed::dim, "dim {L}"},
      {Deed::dim, "turn down {L}"},
      {Deed::dim, "make {L} darker"},
      {Deed::brighten, "brighten {L}"},
      {Deed::brighten, "turn up {L}"},
      {Deed::brighten, "make {L} brighter"},
      {Deed::temperature, "set {H} to <number> [degrees]"},
      {Deed::temperature, "turn {H} (up | down) to <number> [degrees]"},
      {Deed::temperature,
       "set the <place> (thermostat | temperature | heating) to <number> [degrees]"},
      {Deed::temperature, "set {H} in the <place> to <number> [degrees]"},
      {Deed::temperature, "make it <number> degrees"},
      {Deed::warmer, "make it [a bit | a little] warmer"},
      {Deed::warmer, "turn up {H}"},
      {Deed::cooler, "make it [a bit | a little] (cooler | colder)"},
      {Deed::cooler, "turn down {H}"},
      {Deed::on, "turn it [back] on", kTyped, true},
      {Deed::off, "turn it [back] off", kTyped, true},

      {Deed::on, "put {L} on", kTyped},
      {Deed::on, "[the] <place> (light | lights | lamp | lamps) on", kTyped},
      {Deed::on, "lights on [in the <place>]", kTyped},
      {Deed::off, "[the] <place> (light | lights | lamp | lamps) off", kTyped},
      {Deed::off, "lights off [in the <place>]", kTyped},
      {Deed::level,
       "(set | dim | brighten | turn | change | put) {L} [up | down] (to | at) <number> [percent]",
       kTyped},
      {Deed::level, "turn (down | up) {L} to <number> [percent]", kTyped},
      {Deed::level, "set [the] brightness of {L} to <number> [percent]", kTyped},
      {Deed::level, "set the <place> [brightness] to <number> percent", kTyped},
      {Deed::dim, "turn {L} down", kTyped},
      {Deed::dim, "make ({L} | the <place>) (darker | dimmer)", kTyped},
      {Deed::brighten, "turn {L} up", kTyped},
      {Deed::brighten, "make the <place> brighter", kTyped},
      {Deed::temperature,
       "(set | change | turn | put) {H} [up | down] to <number> [degrees] <scale>", kTyped},
      {Deed::temperature,
       "set [the | my] <place> (thermostat | temperature | heating) to <number> [degrees] <scale>",
       kTyped},
      {Deed::temperature, "set {H} in the <place> to <number> [degrees] <scale>", kTyped},
      {Deed::temperature, "set the <place> to <number> degrees <scale>", kTyped},
      {Deed::temperature, "make it <number> degrees <scale>", kTyped},
      {Deed::warmer, "turn {H} up", kTyped},
      {Deed::cooler, "turn {H} down", kTyped},
      {Deed::on, "(turn | switch) (it | them) [back] on", kTyped, true},
      {Deed::off, "(turn | switch) (it | them) [back] off", kTyped, true},
      {Deed::dim, "make (it | them) [a bit | a little] (darker | dimmer)", kTyped, true},
      {Deed::brighten, "make (it | them) [a bit | a little] brighter", kTyped, true},
  };
  return all;
}

std::string number_text(double number) {
  if (number == std::round(number)) return std::to_string(std::llround(number));
  std::string text = std::to_string(number);
  return text.substr(0, text.find('.') + 2);
}

std::string lights_of(const Target& target) {
  if (target.kind == Target::Kind::everything) return "all the lights";
  if (target.kind == Target::Kind::unsaid) return "the lights";
  return "the " + target.place + " lights";
}

std::string heating_of(const Target& target) {
  return target.kind == Target::Kind::place ? "the " + target.place + " thermostat"
                                            : "the thermostat";
}

}  // namespace

const std::vector<HomePattern>& home_patterns() {
  static const std::vector<HomePattern> patterns = [] {
    std::vector<HomePattern> made;
    for (const Line& line : lines()) {
      made.push_back({{line.deed, line.again}, written_out(line.pattern), line.by_ear});
    }
    return made;
  }();
  return patterns;
}

void define_home_slots(PhraseBook& book, const std::vector<std::string>& places) {
  std::vector<PhraseBook::Choice> choices;
  for (const std::string& room : common_rooms()) {
    choices.push_back({room == "hall" ? "(hall | hallway)" : room, room});
  }
  for (const std::string& place : places) {
    if (std::ranges::find(common_rooms(), place) == common_rooms().end()) {
      choices.push_back({spoken_pattern(split_name(place)), place});
    }
  }
  book.define("place", choices);
  book.define("everything", {{"all [of] [the] (lights | lamps)", "all"},
                             {"every (light | lamp)", "all"},
                             {"everything", "all"}});
  book.define("scale", {{"[celsius]", "celsius"}, {"fahrenheit", "fahrenheit"}});
  book.define("before",
              {{"[hey | okay] [please | (could | can | would | will) you [please]]", ""}});
  book.define("after", {{"[please | now | thanks | thank you]", ""}});
}

std::string politely(const std::string& pattern) { return "<before> (" + pattern + ") <after>"; }

HomeAction action_of(const HomePattern& pattern, const Reading& reading) {
  HomeAction action;
  action.deed = pattern.sentence.deed;
  if (const auto place = reading.slots.find("place"); place != reading.slots.end()) {
    action.target = {Target::Kind::place, place->second};
  } else if (reading.slots.contains("everything")) {
    action.target.kind = Target::Kind::everything;
  }
  if (const auto number = reading.slots.find("number"); number != reading.slots.end()) {
    action.number = std::strtod(number->second.c_str(), nullptr);
  }
  constexpr double kSurelyFahrenheit = 45.0;  // nobody heats a room to this in Celsius
  const auto scale = reading.slots.find("scale");
  action.fahrenheit = (scale != reading.slots.end() && scale->second == "fahrenheit") ||
                      action.number >= kSurelyFahrenheit;
  return action;
}

std::string done_sentence(const HomeAction& action) {
  const std::string lights = lights_of(action.target);
  const std::string number = number_text(action.number);
  switch (action.deed) {
    case Deed::on:
      return "Turning on " + lights + ".";
    case Deed::off:
      return "Turning off " + lights + ".";
    case Deed::level:
      return "Setting " + lights + " to " + number + " percent.";
    case Deed::dim:
      return "Dimming " + lights + ".";
    case Deed::brighten:
      return "Brightening " + lights + ".";
    case Deed::temperature:
      return "Setting " + heating_of(action.target) + " to " + number + " degrees.";
    case Deed::warmer:
      return "Making it warmer.";
    case Deed::cooler:
      return "Making it cooler.";
  }
  return {};
}

std::string request_sentence(const HomeAction& action) {
  const std::string lights = lights_of(action.target);
  const std::string number = spoken(static_cast<int>(action.number));
  switch (action.deed) {
    case Deed::on:
      return "turn on " + lights;
    case Deed::off:
      return "turn off " + lights;
    case Deed::level:
      return "set " + lights + " to " + number + " percent";
    case Deed::dim:
      return "dim " + lights;
    case Deed::brighten:
      return "brighten " + lights;
    case Deed::temperature:
      return "set " + heating_of(action.target) + " to " + number + " degrees";
    case Deed::warmer:
      return "make it warmer";
    case Deed::cooler:
      return "make it cooler";
  }
  return {};
}

}  // namespace livegate::assistant
