// A day of fifty users with budgets, in simulated time: real sessions, the stand-in's real
// conversations and what they report, the real books. What was spent is compared, turn by turn,
// with the stand-in's own count, which is read from its bytes by other code than the meter's.
#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/vad.h"
#include "base/rng.h"
#include "offline/live_session.h"
#include "server/spending.h"
#include "session/session.h"

namespace livegate::server {
namespace {

namespace json = boost::json;

constexpr int kUsers = 50;
constexpr meter::UnixTime kMidnight = std::chrono::days(20'000);
constexpr Instant kBegin{1h};  // is midnight

std::int64_t whole(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value == nullptr ? 0 : value->to_number<std::int64_t>();
}

std::int64_t of_modality(const json::object& usage, std::string_view list,
                         std::string_view modality) {
  const json::value* const details = usage.if_contains(list);
  std::int64_t tokens = 0;
  if (details == nullptr) return 0;
  for (const json::value& each : details->as_array()) {
    if (each.as_object().at("modality").as_string() == modality)
      tokens += whole(each.as_object(), "tokenCount");
  }
  return tokens;
}

// What the stand-in has reported, in micro-dollars by the prices of gemini-3.8-live and its kin:
// the rest of a prompt that no detail names costs what audio does, and so does speech's.
struct StandInCount {
  std::int64_t micro_usd = 0, dearest_turn = 0, turns = 0, tokens = 0;
  void add(std::string_view bytes) {
    const json::value message = json::parse({bytes.data(), bytes.size()});
    const json::value* const found = message.as_object().if_contains("usageMetadata");
    if (found == nullptr) return;
    const json::object& usage = found->as_object();
    const std::int64_t prompt = whole(usage, "promptTokenCount");
    const std::int64_t text = of_modality(usage, "promptTokensDetails", "TEXT");
    const std::int64_t out = whole(usage, "responseTokenCount");
    const std::int64_t thoughts = whole(usage, "thoughtsTokenCount");
    const std::int64_t nano = text * 750 + (prompt - text) * 3000 + (out + thoughts) * 12'000;
    const std::int64_t cost = (nano + 999) / 1000;
    micro_usd += cost;
    dearest_turn = std::max(dearest_turn, cost);
    tokens += prompt + out + thoughts;
    ++turns;
  }
};

// One user's sessions, one after the other, and the stand-in at the other end.
class User {
 public:
  User(std::string name, Spending& spending, session::Codecs& codecs, std::uint64_t seed,
       const meter::Budgets& budgets, std::vector<std::string> models)
      : name_(std::move(name)),
        spending_(spending),
        codecs_(codecs),
        rng_(seed),
        budgets_(budgets),
        models_(std::move(models)) {
    pace_ = 1 + rng_.next() % 3;
    act_at_ = kBegin + Millis(rng_.next() % (4 * 3'600'000));
  }

  [[nodiscard]] Instant next() const {
    Instant at = act_at_;
    if (session_) {
      if (const auto due = session_->next_deadline()) at = std::min(at, due->at);
    }
    if (model_) {
      if (const auto due = model_->next_deadline()) at = std::min(at, due->at);
    }
    return at;
  }

  void step(Instant now) {
    now_ = now;
    if (model_ && due(model_->next_deadline())) feed(offline::Tick{});
    if (session_ && due(session_->next_deadline())) happens(session::Tick{});
    if (now >= act_at_) act();
    settle();
  }

  void end() {
    if (session_) session_->abandon();
    account();
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  const StandInCount& count() const { return count_; }
  [[nodiscard]] int refused() const { return refused_; }
  [[nodiscard]] int ended_by_budget() const { return ended_by_budget_; }
  [[nodiscard]] int words() const { return words_; }
  [[nodiscard]] int losses() const { return losses_; }
  [[nodiscard]] meter::Spend spent() const { return spent_; }

 private:
  template <class Deadline>
  [[nodiscard]] bool due(const std::optional<Deadline>& deadline) const {
    return deadline && deadline->at <= now_;
  }
  [[nodiscard]] meter::UnixTime wall() const {
    return kMidnight + std::chrono::duration_cast<meter::UnixTime>(now_ - kBegin);
  }

  // Says a line every 20 to 80 s, now and then loses the connection between two turns, begins a new
  // session some minutes after the last.
  void act() {
    act_at_ = now_ + Millis((20'000 + rng_.next() % 60'000) * pace_);
    if (!session_) {
      if (spending_.may_begin(name_, wall()).level == meter::Level::hard) {
        ++refused_;
        act_at_ = now_ + 30min;
        return;
      }
      return begin();
    }
    if (lines_left_-- == 0) return says(R"({"type":"stop"})");
    if (model_ && !talking_ && rng_.uniform() < 0.02) {
      ++losses_;
      feed(offline::ClientGone{});
      return lose();
    }
    says(R"({"type":"text","text":"what is the time"})");
  }

  void begin() {
    lines_left_ = static_cast<int>(5 + rng_.next() % (40 / pace_));
    session::SessionConfig config{.client = session::ClientKind::native};
    config.id = name_;
    config.uplink.detects = false;
    config.watchdog.enabled = false;
    config.budgets = budgets_;
    model_name_ = models_[rng_.next() % models_.size()];
    session_ = std::make_unique<session::Session>(config, codecs_, Rng(rng_.next()), now_);
    says(R"({"type":"start","model":")" + model_name_ + R"("})");
  }

  void says(const std::string& text) {
    const PaddedString padded(text);
    happens(session::ClientText{padded.text()});
  }

  void happens(const session::Event& event) {
    if (!session_) return;
    session::Actions actions;
    session_->handle(event, now_, actions);
    for (const session::Action& action : actions.list()) {
      if (const auto* up = std::get_if<session::SendUpstream>(&action)) {
        to_model_.emplace_back(actions.bytes(up->payload));
      } else if (const auto* open = std::get_if<session::OpenUpstream>(&action)) {
        epoch_ = open->epoch;
        opens_ = true;
      } else if (std::holds_alternative<session::CloseUpstream>(action)) {
        model_.reset();
        to_model_.clear();
      } else if (const auto* send = std::get_if<session::SendClient>(&action);
                 send && !send->binary) {
        hear(actions.bytes(send->payload));
      } else if (std::holds_alternative<session::Finish>(action)) {
        finished_ = true;
      }
    }
    account();
  }

  void hear(std::string_view event) {
    if (event.find(R"("type":"turn_started")") != std::string_view::npos) talking_ = true;
    if (event.find(R"("type":"turn_complete")") != std::string_view::npos) talking_ = false;
    if (event.find(R"("type":"budget")") != std::string_view::npos) ++words_;
    if (event.find(R"("code":"budget_spent")") != std::string_view::npos) ++ended_by_budget_;
  }

  void account() {
    const meter::Spend spend = session_ ? session_->take_spend() : meter::Spend{};
    if (spend.empty()) return;
    spent_ += spend;
    const meter::Verdict verdict = spending_.spend(name_, model_name_, spend, wall());
    if (verdict.level != meter::Level::within) verdict_ = verdict;
  }

  // What one event has led to, until nothing is left to do.
  void settle() {
    while (true) {
      if (const auto verdict = std::exchange(verdict_, std::nullopt)) {
        happens(session::BudgetReached{*verdict});
      } else if (std::exchange(opens_, false)) {
        connect();
      } else if (!to_model_.empty()) {
        const std::vector<std::string> texts = std::exchange(to_model_, {});
        for (const std::string& text : texts) {
          const PaddedString padded(text);
          feed(offline::ClientText{.message = padded.text()});
        }
      } else if (finished_) {
        session_.reset();
        model_.reset();
        finished_ = talking_ = false;
        const std::uint64_t rest = pace_ == 3 ? 80'000'000 : 1'200'000;
        act_at_ = now_ + Millis(60'000 + rng_.next() % rest);
      } else {
        return;
      }
    }
  }

  void connect() {
    offline::LiveSessionOptions options{.id = ++connections_ + 1000 * seed_of_name()};
    options.settings = offline::service_settings();
    model_ = std::make_unique<offline::LiveSession>(
        options,
        offline::LiveSessionParts{
            .decoder = decoder_,
            .handles = handles_,
            .knows_word = [](const std::string&) { return true; },
            .make_vad = [](int) { return audio::make_energy_vad(audio::kEnergyThreshold, 20); },
            .seed = rng_.next()},
        now_);
    happens(session::UpstreamOpened{epoch_});
  }
  [[nodiscard]] std::uint64_t seed_of_name() const { return std::hash<std::string>()(name_) % 997; }

  void lose() {
    model_.reset();
    to_model_.clear();
    happens(session::UpstreamGone{epoch_, /*connected=*/true, 1006, ""});
  }

  void feed(const offline::LiveEvent& event) {
    if (!model_) return;
    offline::LiveActions actions;
    model_->handle(event, now_, actions);
    for (offline::LiveAction& action : actions) {
      if (auto* send = std::get_if<offline::Send>(&action)) {
        count_.add(send->bytes);
        const PaddedString padded(send->bytes);
        happens(session::UpstreamMessage{epoch_, padded.text()});
      } else if (auto* speak = std::get_if<offline::Speak>(&action)) {
        feed(offline::SentenceSpoken{
            .speech = speak->speech,
            .text = speak->text,
            .samples = std::vector<std::int16_t>(12'000 + rng_.next() % 24'000),
            .last = true});
      } else if (std::holds_alternative<offline::Close>(action) ||
                 std::holds_alternative<offline::Drop>(action)) {
        return lose();
      }
    }
  }

  std::string name_;
  Spending& spending_;
  session::Codecs& codecs_;
  Rng rng_;
  meter::Budgets budgets_;
  std::vector<std::string> models_;
  proto::GeminiDecoder decoder_;
  offline::HandleStore handles_;
  std::unique_ptr<session::Session> session_;
  std::unique_ptr<offline::LiveSession> model_;
  std::string model_name_;
  std::uint32_t epoch_ = 0;
  std::uint64_t connections_ = 0;
  bool opens_ = false, finished_ = false, talking_ = false;
  std::vector<std::string> to_model_;
  std::optional<meter::Verdict> verdict_;
  Instant now_{}, act_at_{};
  int lines_left_ = 0;
  std::uint64_t pace_ = 1;  // some users speak seldom, and rest for hours between sessions
  StandInCount count_;
  meter::Spend spent_;
  int refused_ = 0, ended_by_budget_ = 0, words_ = 0, losses_ = 0;
};

class MeterDay : public testing::Test {
 protected:
  void pass(const std::vector<std::string>& models) {
    config_.budgets = {.user_day = 50'000, .soft_percent = 80};
    auto spending = Spending::open(config_, log_, kMidnight);
    ASSERT_TRUE(spending) << spending.error();
    spending_ = std::move(*spending);
    for (int i = 0; i < kUsers; ++i) {
      users_.push_back(std::make_unique<User>("user" + std::to_string(i), *spending_, codecs_,
                                              static_cast<std::uint64_t>(i) + 1, config_.budgets,
                                              models));
    }
    const Instant end = kBegin + 24h - 1s;
    while (true) {
      const auto first =
          std::ranges::min_element(users_, {}, [](const auto& user) { return user->next(); });
      if ((*first)->next() >= end) break;
      (*first)->step((*first)->next());
    }
    for (const auto& user : users_) user->end();
  }

  config::Metering config_;
  obs::Log log_{obs::LogLevel::off, ""};
  std::unique_ptr<Spending> spending_;
  session::Codecs codecs_;
  std::vector<std::unique_ptr<User>> users_;
};

constexpr meter::UnixTime kEvening = kMidnight + std::chrono::hours(24) - std::chrono::seconds(1);

TEST_F(MeterDay,
       what_is_spent_is_what_the_stand_in_reports_and_nobody_is_over_by_more_than_a_turn) {
  pass({"gemini-3.8-live", "gemini-3.1-flash-live-preview"});
  std::int64_t reported = 0, turns = 0, losses = 0, words = 0, ended = 0, refused = 0;
  std::int64_t most_over = 0, spent_up = 0;
  for (const auto& user : users_) {
    const StandInCount& count = user->count();
    const meter::MicroUsd booked = spending_->today(user->name(), kEvening);
    // Sessions that were cut off by the day's end may leave a turn to be estimated.
    EXPECT_EQ(user->spent().cost - user->spent().estimated_cost, count.micro_usd) << user->name();
    EXPECT_EQ(user->spent().turns - user->spent().estimated_turns, count.turns) << user->name();
    EXPECT_EQ(user->spent().cost, booked) << user->name();
    EXPECT_LE(booked, config_.budgets.user_day + count.dearest_turn) << user->name();
    most_over = std::max(most_over, booked - config_.budgets.user_day);
    spent_up += booked >= config_.budgets.user_day;
    reported += count.micro_usd;
    turns += count.turns;
    losses += user->losses();
    words += user->words();
    ended += user->ended_by_budget();
    refused += user->refused();
  }
  std::cout << kUsers << " users, " << turns << " turns, " << losses
            << " lost connections: " << meter::usd(spending_->today_of_all(kEvening))
            << " USD booked, " << meter::usd(reported) << " USD reported; " << spent_up
            << " users spent their " << meter::usd(config_.budgets.user_day)
            << " USD, the furthest over by " << meter::usd(most_over) << "; " << words
            << " told before, " << ended << " sessions ended, " << refused << " refused\n";
  EXPECT_GT(turns, 1000);
  EXPECT_GT(losses, 20);
  EXPECT_GT(spent_up, 10);
  EXPECT_LT(spent_up, kUsers);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace livegate::server
