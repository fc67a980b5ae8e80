// What the assistant answers by itself, without any tool: the time, who it is, a story.
#pragma once

#include <string>
#include <vector>

namespace livegate::assistant {

enum class Topic {
  hello,
  good_morning,
  good_evening,
  how_are_you,
  goodbye,
  thanks,
  never_mind,
  help,
  who,
  time,
  date,
  story,
  count_to_ten,
  count_to_twenty,
};

struct TopicPattern {
  Topic topic;
  const char* pattern;
};
[[nodiscard]] const std::vector<TopicPattern>& topic_patterns();

// A moment as the wall clock here shows it.
struct LocalTime {
  int hour = 0;  // 0..23
  int minute = 0;
  int weekday = 0;  // 0 is Sunday
  int month = 0;    // 0 is January
  int day = 1;
};
[[nodiscard]] LocalTime local_time_now();

// The answer; of `help` only the first half, the examples are the brain's.
[[nodiscard]] std::string answer(Topic topic, const LocalTime& now);

}  // namespace livegate::assistant
