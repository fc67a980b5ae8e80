#include "turn/endpointer.h"

#include <gtest/gtest.h>

namespace livegate::turn {
namespace {

EndpointerOptions plain() {
  EndpointerOptions options = with_hangover(graded_options(), 100ms);
  options.open = options.window = 10ms;
  options.early_end = 50ms;
  return options;
}

SpeechStep last_of(Endpointer& endpointer, int blocks, float speech) {
  SpeechStep step = SpeechStep::quiet;
  for (int i = 0; i < blocks; ++i) step = endpointer.push(10ms, speech, -30);
  return step;
}

TEST(Endpointer, a_turn_goes_through_every_step) {
  Endpointer endpointer(plain());
  EXPECT_EQ(last_of(endpointer, 5, 0.1F), SpeechStep::quiet);
  EXPECT_EQ(last_of(endpointer, 1, 0.9F), SpeechStep::began);
  EXPECT_TRUE(endpointer.is_open());
  EXPECT_EQ(endpointer.onset_age(), 10ms);
  EXPECT_EQ(last_of(endpointer, 5, 0.1F), SpeechStep::paused);
  EXPECT_TRUE(endpointer.is_paused());
  EXPECT_EQ(last_of(endpointer, 1, 0.9F), SpeechStep::resumed);
  EXPECT_FALSE(endpointer.is_paused());
  EXPECT_EQ(last_of(endpointer, 9, 0.1F), SpeechStep::speaking);
  EXPECT_EQ(last_of(endpointer, 1, 0.1F), SpeechStep::ended);
  EXPECT_EQ(endpointer.silent_for(), 100ms);
  EXPECT_FALSE(endpointer.is_open());
}

}  // namespace
}  // namespace livegate::turn
