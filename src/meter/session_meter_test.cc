#include "meter/session_meter.h"

#include <string>

#include <gtest/gtest.h>

#include "base/padded_text.h"

namespace livegate::meter {
namespace {

class SessionMeterTest : public testing::Test {
 protected:
  SessionMeterTest() {
    meter_.open(prices_);
    meter_.connected(/*remembers=*/false);
  }
  void says(std::string_view json) {
    text_.assign(json);
    ASSERT_TRUE(decoder_.decode_server(text_.text(), message_)) << json;
    meter_.received(message_);
  }
  void says_sound(std::size_t samples) {
    says(R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm",)"
         R"("data":")" +
         std::string(samples * 2 / 3 * 4, 'A') + R"("}}]}}})");
  }
  static std::string report(int in, int out) {
    return R"("usageMetadata":{"promptTokenCount":)" + std::to_string(in) +
           R"(,"promptTokensDetails":[{"modality":"TEXT","tokenCount":)" + std::to_string(in) +
           R"(}],"responseTokenCount":)" + std::to_string(out) +
           R"(,"responseTokensDetails":[{"modality":"AUDIO","tokenCount":)" + std::to_string(out) +
           "}]}";
  }
  void ends(const std::string& usage = {}) {
    says(R"({"serverContent":{"turnComplete":true})" + (usage.empty() ? "" : "," + usage) + "}");
  }

  Prices prices_ = prices_of("gemini-3.8-live", {});
  SessionMeter meter_;
  proto::GeminiDecoder decoder_;
  proto::ServerMessage message_;
  PaddedString text_;
};

TEST_F(SessionMeterTest, a_report_with_the_end_of_a_turn_is_that_turns) {
  says_sound(24'000);
  ends(report(100, 25));
  const Spend spent = meter_.take();
  EXPECT_EQ(spent.tokens[Kind::text_in], 100);
  EXPECT_EQ(spent.tokens[Kind::audio_out], 25);
  EXPECT_EQ(spent.cost, 75 + 300);
  EXPECT_EQ(spent.turns, 1);
  EXPECT_EQ(spent.estimated_turns, 0);
  EXPECT_TRUE(meter_.take().empty());
  EXPECT_EQ(meter_.session().cost, 375);
}

TEST_F(SessionMeterTest, reports_of_several_turns_are_added_up) {
  for (const int context : {25, 48, 71}) {
    says_sound(2400);
    ends(report(context, 10));
  }
  EXPECT_EQ(meter_.session().tokens[Kind::text_in], 25 + 48 + 71);
  EXPECT_EQ(meter_.session().turns, 3);
}

TEST_F(SessionMeterTest, a_report_that_comes_twice_counts_once) {
  says_sound(2400);
  says("{" + report(100, 25) + "}");
  ends(report(100, 25));
  says("{" + report(100, 25) + "}");
  EXPECT_EQ(meter_.session().cost, 375);
  EXPECT_EQ(meter_.session().turns, 1);
}

TEST_F(SessionMeterTest, a_report_in_two_parts_is_one) {
  says_sound(2400);
  says(R"({"usageMetadata":{"promptTokenCount":100}})");
  ends(R"("usageMetadata":{"responseTokenCount":25})");
  EXPECT_EQ(meter_.session().tokens[Kind::other_in], 100);
  EXPECT_EQ(meter_.session().tokens[Kind::other_out], 25);
  EXPECT_EQ(meter_.session().turns, 1);
}

TEST_F(SessionMeterTest, a_turn_that_is_not_reported_is_estimated_and_marked_so) {
  meter_.sent_text(400);
  meter_.sent_sound(32'000);
  meter_.sent_picture();
  says_sound(24'000);
  ends();
  const Spend spent = meter_.take();
  EXPECT_EQ(spent.tokens[Kind::text_in], 100);
  EXPECT_EQ(spent.tokens[Kind::audio_in], 50);
  EXPECT_EQ(spent.tokens[Kind::image_in], 258);
  EXPECT_EQ(spent.tokens[Kind::audio_out], 25);
  EXPECT_EQ(spent.estimated, spent.tokens);
  EXPECT_EQ(spent.estimated_cost, spent.cost);
  EXPECT_EQ(spent.estimated_turns, 1);
}

TEST_F(SessionMeterTest, a_report_that_says_nothing_is_none) {
  says_sound(24'000);
  ends(R"("usageMetadata":{"promptTokenCount":0})");
  EXPECT_EQ(meter_.take().estimated_turns, 1);
}

TEST_F(SessionMeterTest, an_estimate_holds_the_context_that_the_service_charges_again) {
  says_sound(2400);
  ends(report(1000, 20));
  meter_.take();
  meter_.sent_sound(16'000);
  says_sound(24'000);
  ends();
  const Spend spent = meter_.take();
  EXPECT_EQ(spent.tokens[Kind::text_in], 1000);
  EXPECT_EQ(spent.tokens[Kind::audio_in], 20 + 25);
}

TEST_F(SessionMeterTest, a_late_report_replaces_the_estimate) {
  says_sound(240'000);
  ends();
  const MicroUsd estimate = meter_.take().cost;
  EXPECT_GT(estimate, 375);
  says("{" + report(100, 25) + "}");
  const Spend change = meter_.take();
  EXPECT_EQ(change.cost, 375 - estimate);
  EXPECT_EQ(change.turns, 0);
  EXPECT_EQ(change.estimated_turns, -1);
  EXPECT_EQ(change.estimated_cost, -estimate);
  EXPECT_EQ(meter_.session().cost, 375);
  EXPECT_EQ(meter_.session().estimated, Tokens{});
}

TEST_F(SessionMeterTest, a_report_behind_new_content_is_the_new_turns) {
  says_sound(24'000);
  ends();
  const Spend first = meter_.take();
  says_sound(2400);
  says("{" + report(100, 25) + "}");
  ends();
  const Spend second = meter_.take();
  EXPECT_EQ(second.cost, 375);
  EXPECT_EQ(second.estimated_turns, 0);
  EXPECT_EQ(meter_.session().estimated_cost, first.cost);
}

TEST_F(SessionMeterTest, a_turn_that_goes_with_its_connection_is_estimated_once) {
  says_sound(24'000);
  meter_.connection_over();
  EXPECT_EQ(meter_.session().estimated_turns, 1);
  meter_.connected(/*remembers=*/true);
  meter_.connection_over();
  EXPECT_EQ(meter_.session().turns, 1);
}

TEST_F(SessionMeterTest, a_report_over_another_connection_is_not_the_lost_turns) {
  says_sound(24'000);
  meter_.connection_over();
  const MicroUsd lost = meter_.session().cost;
  meter_.connected(/*remembers=*/true);
  says("{" + report(100, 25) + "}");
  says_sound(2400);
  ends();
  EXPECT_EQ(meter_.session().cost, lost + 375);
  EXPECT_EQ(meter_.session().turns, 2);
}

TEST_F(SessionMeterTest, a_fresh_session_has_no_context_to_be_charged_again) {
  says_sound(2400);
  ends(report(1000, 20));
  meter_.connection_over();
  meter_.take();
  meter_.connected(/*remembers=*/false);
  meter_.sent_text(40);
  says_sound(24'000);
  ends();
  EXPECT_EQ(meter_.take().tokens[Kind::text_in], 10);
}

TEST_F(SessionMeterTest, an_end_of_no_turn_costs_nothing) {
  ends();
  EXPECT_TRUE(meter_.take().empty());
  says_sound(2400);
  ends(report(100, 25));
  meter_.take();
  ends();
  EXPECT_TRUE(meter_.take().empty());
}

TEST_F(SessionMeterTest, an_empty_turn_that_answers_something_costs_its_prompt) {
  meter_.sent_text(400);
  ends();
  EXPECT_EQ(meter_.take().tokens[Kind::text_in], 100);
}

TEST_F(SessionMeterTest, what_is_told_to_the_client_adds_up_to_the_session) {
  says_sound(2400);
  ends(report(100, 25));
  says_sound(2400);
  ends(report(200, 25));
  const Spend told = meter_.take_untold();
  says_sound(2400);
  ends();
  EXPECT_EQ(told.cost + meter_.take_untold().cost, meter_.session().cost);
}

}  // namespace
}  // namespace livegate::meter
