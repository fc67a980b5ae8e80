#include "session/session_fixture.h"

namespace livegate::session {
namespace {

// A turn of 0.000375 USD by the prices of gemini-3.8-live: 100 tokens of text in, 25 of audio out.
constexpr std::string_view kUsage =
    R"("usageMetadata":{"promptTokenCount":100,"promptTokensDetails":[{"modality":"TEXT",)"
    R"("tokenCount":100}],"responseTokenCount":25,"responseTokensDetails":[{"modality":"AUDIO",)"
    R"("tokenCount":25}],"totalTokenCount":125})";
constexpr meter::MicroUsd kTurn = 375;

class SessionBudgetTest : public CallTest {
 protected:
  void begin_with(meter::Budgets budgets, ClientKind kind = ClientKind::native) {
    SessionConfig config{.client = kind};
    config.budgets = budgets;
    begin(std::move(config));
    client_sends(kind == ClientKind::native ? R"({"type":"start","model":"gemini-3.8-live"})"
                                            : R"({"setup":{"model":"models/gemini-3.8-live"}})");
    upstream_comes_up();
    forget();
  }
  void turn_completes() {
    upstream_says(R"({"serverContent":{"turnComplete":true},)" + std::string(kUsage) + "}");
  }
  void turn() {
    client_sends(R"({"type":"text","text":"hello"})");
    reply_audio();
    turn_completes();
  }
  static BudgetReached reached(meter::Level level) {
    return {{.level = level,
             .limit = meter::Limit::user_day,
             .allowed = 1'000'000,
             .renews_in = std::chrono::seconds(60)}};
  }
};

TEST_F(SessionBudgetTest, a_turns_end_says_what_it_cost_and_the_session_so_far) {
  begin_with({});
  turn();
  EXPECT_TRUE(client_was_told(
      R"("cost":{"turn_usd":0.000375,"session_usd":0.000375,"session_tokens":125})"));
  turn();
  EXPECT_TRUE(client_was_told(R"("session_usd":0.000750,"session_tokens":250)"));
  const meter::Spend spent = session->take_spend();
  EXPECT_EQ(spent.cost, 2 * kTurn);
  EXPECT_EQ(spent.turns, 2);
  EXPECT_TRUE(session->take_spend().empty());
}

TEST_F(SessionBudgetTest, a_turn_without_a_report_is_told_as_estimated) {
  begin_with({});
  client_sends(R"({"type":"text","text":"hello"})");
  reply_audio();
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  EXPECT_TRUE(client_was_told(R"("estimated":true)"));
  EXPECT_EQ(session->take_spend().estimated_turns, 1);
}

TEST_F(SessionBudgetTest, the_soft_limit_is_a_word_to_client_and_model_once) {
  begin_with({.session = 900, .soft_percent = 80});
  turn();
  EXPECT_FALSE(client_was_told(R"("type":"budget")"));
  turn();  // 750 of 720
  EXPECT_TRUE(client_was_told(
      R"({"type":"budget","limit":"budget.session_usd","allowed_usd":0.000900,"message":)"));
  passes(1s);
  EXPECT_EQ(upstream_heard("nearly over"), 1U) << "once the reply has been played";
  forget();
  client_sends(R"({"type":"ping","id":1})");
  EXPECT_FALSE(client_was_told(R"("type":"budget")"));
  EXPECT_FALSE(finished);
}

TEST_F(SessionBudgetTest, a_model_that_takes_no_text_between_turns_is_not_told) {
  SessionConfig config{.client = ClientKind::native};
  config.budgets = {.session = 450};
  config.facts = {{"gemini-3.8-live", "content_any_time", "false"}};
  begin(std::move(config));
  client_sends(R"({"type":"start","model":"gemini-3.8-live"})");
  upstream_comes_up();
  turn();
  passes(1s);
  EXPECT_TRUE(client_was_told(R"("type":"budget")"));
  EXPECT_FALSE(upstream_was_told("nearly over"));
}

TEST_F(SessionBudgetTest, the_hard_limit_ends_the_session_behind_the_turn_that_spent_it) {
  begin_with({.session = kTurn});
  client_sends(R"({"type":"text","text":"hello"})");
  reply_audio();
  EXPECT_FALSE(finished);
  turn_completes();
  passes(1s);
  EXPECT_TRUE(client_was_told(R"("type":"turn_complete")"));
  EXPECT_TRUE(client_was_told(R"("code":"budget_spent")"));
  EXPECT_TRUE(client_was_told("budget.session_usd allows 0.000375 USD"));
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1008);
  EXPECT_TRUE(finished);
}

TEST_F(SessionBudgetTest, a_drop_in_client_is_closed_with_the_services_word) {
  begin_with({.session = kTurn}, ClientKind::live);
  client_sends(R"({"realtimeInput":{"text":"hello"}})");
  reply_audio();
  turn_completes();
  passes(1s);
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1011);
  EXPECT_TRUE(closed_client->reason.starts_with("RESOURCE_EXHAUSTED: The budget is spent"));
  EXPECT_LE(closed_client->reason.size(), 123U);
  EXPECT_FALSE(client_was_told("budget")) << "there is no message for it on this wire";
}

TEST_F(SessionBudgetTest, the_longest_reason_fits_a_close_frame) {
  const std::string longest =
      "RESOURCE_EXHAUSTED: " + meter::sentence({.level = meter::Level::hard,
                                                .limit = meter::Limit::gateway_day,
                                                .allowed = 999'999'999'999,
                                                .renews_in = std::chrono::seconds(86'400)});
  EXPECT_LE(longest.size(), 123U);
}

TEST_F(SessionBudgetTest, nothing_more_goes_to_the_model_once_it_is_spent) {
  begin_with({});
  client_sends(R"({"type":"text","text":"hello"})");
  reply_audio();
  happens(reached(meter::Level::hard));
  EXPECT_FALSE(finished) << "the turn is running";
  forget();
  client_sends(R"({"type":"text","text":"and more"})");
  client_speaks(500ms);
  EXPECT_TRUE(upstream_texts.empty());
  turn_completes();
  passes(1s);
  EXPECT_TRUE(finished);
  EXPECT_TRUE(client_was_told("it is new in 60 s"));
}

TEST_F(SessionBudgetTest, a_session_between_turns_ends_at_once_when_others_have_spent_the_budget) {
  begin_with({});
  turn();
  passes(2s);
  happens(reached(meter::Level::hard));
  EXPECT_TRUE(finished);
}

TEST_F(SessionBudgetTest, one_whose_client_is_away_ends_without_waiting_for_it) {
  SessionConfig config{.client = ClientKind::native};
  config.resume_grace = 30s;
  config.resume_token = "token";
  begin(std::move(config));
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  happens(ClientGone{});
  EXPECT_FALSE(finished);
  happens(reached(meter::Level::hard));
  EXPECT_TRUE(finished);
}

TEST_F(SessionBudgetTest, a_turn_that_is_lost_with_its_connection_counts_against_the_budget) {
  begin_with({.session = 1});
  client_sends(R"({"type":"text","text":"hello"})");
  reply_audio();
  upstream_dies();
  passes(1s);
  EXPECT_TRUE(finished);
  const meter::Spend spent = session->take_spend();
  EXPECT_EQ(spent.estimated_turns, 1);
  EXPECT_GE(spent.cost, 1);
}

TEST_F(SessionBudgetTest, a_session_that_ends_in_mid_reply_has_counted_it) {
  begin_with({});
  client_sends(R"({"type":"text","text":"hello"})");
  reply_audio();
  client_sends(R"({"type":"stop"})");
  EXPECT_TRUE(finished);
  EXPECT_EQ(session->take_spend().estimated_turns, 1);
}

TEST_F(SessionBudgetTest, a_hand_over_between_turns_counts_nothing_twice) {
  begin_with({});
  turn();
  upstream_says(R"({"sessionResumptionUpdate":{"newHandle":"h","resumable":true}})");
  upstream_dies();
  passes(5s);
  upstream_comes_up();
  turn();
  EXPECT_EQ(session->spent().cost, 2 * kTurn);
  EXPECT_EQ(session->spent().turns, 2);
}

}  // namespace
}  // namespace livegate::session
