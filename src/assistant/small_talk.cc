#include "assistant/small_talk.h"

#include <array>
#include <ctime>

#include "assistant/spoken_numbers.h"

namespace livegate::assistant {
namespace {

// Eighteen seconds of speech: long enough to try cutting in.
constexpr const char* kStory =
    "Once upon a time there was a small lamp in a big house. "
    "Every evening it waited for somebody to say its name. "
    "One night the wind took the power away, and all the big lamps went dark. "
    "But the small lamp had a battery, and it lit the stairs until the morning. "
    "Since then everybody in the house says good night to it first.";

std::string time_sentence(const LocalTime& now) {
  const int hour = now.hour % 12 == 0 ? 12 : now.hour % 12;
  const char* const half = now.hour < 12   ? "in the morning"
                           : now.hour < 18 ? "in the afternoon"
                                           : "in the evening";
  std::string text = "It is " + spoken(hour);
  if (now.minute == 0) text += " o'clock";
  if (now.minute > 0 && now.minute < 10) text += " oh";
  if (now.minute > 0) text += " " + spoken(now.minute);
  return text + " " + half + ".";
}

std::string date_sentence(const LocalTime& now) {
  static constexpr std::array<const char*, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
  static constexpr std::array<const char*, 12> kMonths = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  return std::string("Today is ") + kDays[static_cast<std::size_t>(now.weekday % 7)] + ", " +
         kMonths[static_cast<std::size_t>(now.month % 12)] + " " + std::to_string(now.day) + ".";
}

std::string count_to(int last) {
  std::string text;
  for (int i = 1; i <= last; ++i) {
    std::string word = spoken(i);
    if (i == 1) word.front() = 'O';
    text += (i == 1 ? "" : " ") + word + (i == last ? "." : ",");
  }
  return text;
}

}  // namespace

const std::vector<TopicPattern>& topic_patterns() {
  static const std::vector<TopicPattern> patterns = {
      {Topic::hello, "hello [there]"},
      {Topic::good_morning, "good (morning | afternoon)"},
      {Topic::good_evening, "good (evening | night)"},
      {Topic::how_are_you, "how are you [today]"},
      {Topic::goodbye, "goodbye | bye bye"},
      {Topic::thanks, "(thank you | thanks) [very much | a lot]"},
      {Topic::never_mind,
       "never mind | stop [it | that | please | talking] | please stop | be quiet"},
      {Topic::help,
       "(what can you do | how can you help me | what can i say) | [i need | please] help [me]"},
      {Topic::who, "who are you | what is your name | what's your name"},
      {Topic::time,
       "(what time is it | what's the time | what is the time) [please | now] | tell me the time | "
       "do you know what time it is"},
      {Topic::date,
       "(what day is it | what is the date | what's the date | what day is today) [today | "
       "please]"},
      {Topic::story,
       "(tell | read) me (a | another) story [please] | (could | can | would) you [please] tell me "
       "a story | i want to hear a story"},
      {Topic::count_to_ten,
       "[please] count [from one] to ten [please] | (could | can | would) you [please] count to "
       "ten"},
      {Topic::count_to_twenty,
       "[please] count [from one] to twenty [please] | (could | can | would) you [please] count to "
       "twenty"},
  };
  return patterns;
}

LocalTime local_time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return {local.tm_hour, local.tm_min, local.tm_wday, local.tm_mon, local.tm_mday};
}

std::string answer(Topic topic, const LocalTime& now) {
  switch (topic) {
    case Topic::hello:
      return "Hello. What can I do for you?";
    case Topic::good_morning:
      return "Good day to you. What can I do for you?";
    case Topic::good_evening:
      return "Good evening. What can I do for you?";
    case Topic::how_are_you:
      return "All my circuits are well, thank you.";
    case Topic::goodbye:
      return "Goodbye.";
    case Topic::thanks:
      return "You are welcome.";
    case Topic::never_mind:
      return "Okay.";
    case Topic::help:
      return "I understand a few things about a home, without any network.";
    case Topic::who:
      return "I am the offline assistant of this gateway. I run without a key and without a "
             "network.";
    case Topic::time:
      return time_sentence(now);
    case Topic::date:
      return date_sentence(now);
    case Topic::story:
      return kStory;
    case Topic::count_to_ten:
      return count_to(10);
    case Topic::count_to_twenty:
      return count_to(20);
  }
  return {};
}

}  // namespace livegate::assistant
