#include "offline/standin_settings.h"

#include <gtest/gtest.h>

namespace livegate::offline {
namespace {

TEST(StandinSettings, times_are_numbers_with_a_unit) {
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
  EXPECT_EQ(*parse_duration("1.2s"), 1200ms);
  EXPECT_EQ(*parse_duration("10m"), 600s);
  EXPECT_EQ(*parse_duration("2h"), 7200s);
  EXPECT_EQ(*parse_duration("0s"), 0ms);
  for (const char* text : {"", "12", "s", "1.2 s", "-1s", "nans", "1e9h", "1x"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(StandinSettings, the_embedded_assistant_answers_at_once_and_to_any_name) {
  const StandinSettings embedded;
  EXPECT_EQ(embedded.first_audio + embedded.setup_delay + embedded.connection_age, 0ms);
  EXPECT_TRUE(embedded.models.empty());
  EXPECT_EQ(service_settings().first_audio, 1200ms);
}

}  // namespace
}  // namespace livegate::offline
