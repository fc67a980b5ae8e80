#include "session/transcript.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::session {
namespace {

std::string told(const Transcript& transcript, bool all = true) {
  std::string text;
  for (const proto::ContentLine& line : transcript.lines(all)) {
    text.append(line.role).append(": ").append(line.text).append("; ");
  }
  return text;
}

void exchange(Transcript& transcript, std::string_view person, std::string_view model) {
  transcript.person(person);
  transcript.model(model);
  transcript.exchange_over();
}

TEST(Transcript, fragments_become_lines_when_the_exchange_is_over) {
  Transcript transcript;
  transcript.person("What");
  transcript.person(" time?");
  EXPECT_EQ(told(transcript), "");
  transcript.model("Ten.");
  transcript.exchange_over();
  EXPECT_EQ(told(transcript), "user: What time?; model: Ten.; ");
}

TEST(Transcript, only_what_was_heard_of_a_reply_stays) {
  Transcript transcript;
  exchange(transcript, "Go on", "Once upon a time there was");
  transcript.model_was_heard("Once upon");
  EXPECT_EQ(told(transcript), "user: Go on; model: Once upon; ");
  transcript.person("Stop");
  transcript.model("Very well, I shall");
  transcript.model_was_heard("Very well");
  transcript.exchange_over();
  EXPECT_EQ(told(transcript), "user: Go on; model: Once upon; user: Stop; model: Very well; ");
}

TEST(Transcript, a_checkpoint_covers_what_is_there_and_no_more) {
  Transcript transcript;
  exchange(transcript, "a", "b");
  EXPECT_FALSE(transcript.is_covered());
  transcript.checkpoint();
  EXPECT_TRUE(transcript.is_covered());
  exchange(transcript, "c", "d");
  EXPECT_EQ(told(transcript, /*all=*/false), "user: c; model: d; ");
}

TEST(Transcript, a_lost_reply_leaves_the_question_open) {
  Transcript transcript;
  transcript.person("Well?");
  transcript.model("I th");
  transcript.reply_lost();
  EXPECT_EQ(transcript.unanswered(), "Well?");
  transcript.model("I think so.");
  transcript.exchange_over();
  EXPECT_EQ(told(transcript), "user: Well?; model: I think so.; ");
}

TEST(Transcript, what_was_written_is_a_line_once_the_reply_to_it_is_over) {
  Transcript transcript;
  transcript.line(/*by_person=*/true, "My name is Ada.");
  transcript.line(/*by_person=*/false, "Hello Ada.");
  transcript.line(/*by_person=*/true, "Who am I?");
  EXPECT_EQ(told(transcript), "");
  transcript.reply_began();
  transcript.line(/*by_person=*/true, "And you?");
  transcript.model("Ada.");
  transcript.exchange_over();
  EXPECT_EQ(told(transcript),
            "user: My name is Ada.; model: Hello Ada.; user: Who am I?; model: Ada.; ");
  transcript.reply_began();
  transcript.reply_lost();
  transcript.exchange_over();
  EXPECT_EQ(told(transcript).find("And you?"), std::string::npos) << "it waits still";
  transcript.reply_began();
  transcript.model("A gateway.");
  transcript.exchange_over();
  EXPECT_TRUE(told(transcript).ends_with("user: And you?; model: A gateway.; "));
}

TEST(Transcript, it_is_bounded_and_the_oldest_goes) {
  Transcript transcript;
  const std::string long_line(limits::kTranscriptBytesMax / 4, 'x');
  exchange(transcript, "first", "line");
  transcript.checkpoint();
  for (int i = 0; i < 8; ++i) exchange(transcript, long_line, "y");
  const std::string text = told(transcript);
  EXPECT_EQ(text.find("first"), std::string::npos);
  EXPECT_LT(text.size(), limits::kTranscriptBytesMax + 200);
  EXPECT_GT(text.size(), limits::kTranscriptBytesMax / 2);
  for (int i = 0; i < 8; ++i) transcript.line(true, long_line);
  transcript.reply_began();
  transcript.exchange_over();
  EXPECT_LT(told(transcript).size(), limits::kTranscriptBytesMax + 200);
  transcript.person(std::string(2 * limits::kTranscriptBytesMax, 'z'));
  EXPECT_EQ(transcript.unanswered().size(), limits::kTranscriptBytesMax);
}

}  // namespace
}  // namespace livegate::session
