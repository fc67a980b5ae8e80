#include "server/usage_store.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace livegate::server {
namespace {

constexpr meter::UtcDay kDay{20'000};

class UsageStoreTest : public testing::Test {
 protected:
  UsageStoreTest() {
    folder_ =
        std::filesystem::temp_directory_path() / ("livegate_usage_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  ~UsageStoreTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file() const { return (folder_ / "usage.db").string(); }
  std::unique_ptr<UsageStore> open(meter::UtcDay today = kDay, int keep_days = 400) {
    auto store = UsageStore::open(file(), keep_days, today, log_);
    EXPECT_TRUE(store) << store.error();
    return store ? std::move(*store) : nullptr;
  }
  static UsageRow row(const std::string& user, meter::MicroUsd cost, meter::UtcDay day = kDay) {
    UsageRow row{.day = day, .user = user, .model = "m", .spend = {}};
    row.spend.cost = cost;
    row.spend.turns = 1;
    row.spend.tokens[meter::Kind::thoughts] = 7;
    row.spend.tokens[meter::Kind::text_in] = 3;
    return row;
  }

  std::filesystem::path folder_;
  obs::Log log_{obs::LogLevel::off, ""};
};

TEST_F(UsageStoreTest, what_was_added_is_there_after_a_restart_summed_by_day_user_and_model) {
  {
    const auto store = open();
    store->add(row("ann", 100));
    store->add(row("ann", 20));
    store->add(row("", 5));
    store->add(row("ann", 1, kDay + meter::UtcDay(1)));
  }
  { const auto again = open(); }
  const auto rows = UsageStore::read(file(), kDay, std::nullopt);
  ASSERT_TRUE(rows) << rows.error();
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].user, "");
  EXPECT_EQ((*rows)[1].user, "ann");
  EXPECT_EQ((*rows)[1].spend.cost, 120);
  EXPECT_EQ((*rows)[1].spend.turns, 2);
  EXPECT_EQ((*rows)[1].spend.tokens[meter::Kind::thoughts], 14);
  EXPECT_EQ((*rows)[1].spend.tokens[meter::Kind::text_in], 6);
  EXPECT_EQ(UsageStore::read(file(), std::nullopt, "ann")->size(), 2U);
}

TEST_F(UsageStoreTest, a_correction_takes_away_what_was_estimated_too_much) {
  {
    const auto store = open();
    store->add(row("ann", 100));
    UsageRow change = row("ann", -30);
    change.spend.turns = 0;
    change.spend.tokens = {};
    store->add(change);
  }
  EXPECT_EQ(UsageStore::read(file(), kDay, "ann")->front().spend.cost, 70);
}

TEST_F(UsageStoreTest, forgets_what_is_older_than_it_keeps) {
  open()->add(row("ann", 100));
  { const auto later = open(kDay + meter::UtcDay(10), 10); }
  EXPECT_EQ(UsageStore::read(file(), std::nullopt, std::nullopt)->size(), 1U);
  { const auto later = open(kDay + meter::UtcDay(11), 10); }
  EXPECT_TRUE(UsageStore::read(file(), std::nullopt, std::nullopt)->empty());
}

TEST_F(UsageStoreTest, the_file_and_its_companions_are_for_their_owner_alone) {
  const auto store = open();
  store->add(row("ann", 100));
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    struct stat found = {};
    ASSERT_EQ(::stat(entry.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, mode_t{0600}) << entry.path();
  }
}

TEST_F(UsageStoreTest, a_file_that_is_none_is_refused_in_a_sentence_that_names_it) {
  std::ofstream(file()) << "this is no database, and long enough to be looked at as one: "
                        << std::string(4096, 'x');
  const auto store = UsageStore::open(file(), 400, kDay, log_);
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().find(file()), std::string::npos) << store.error();
  EXPECT_FALSE(UsageStore::open("/nowhere/at/all.db", 400, kDay, log_));
}

}  // namespace
}  // namespace livegate::server
