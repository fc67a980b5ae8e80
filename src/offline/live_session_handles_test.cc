#include "offline/live_session_handles.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::offline {
namespace {

constexpr Instant kNow{1h};

std::shared_ptr<const Remembered> state(std::int64_t tokens = 0) {
  auto brain = assistant::Brain::make("", [](const std::string&) { return true; });
  return std::make_shared<Remembered>(
      Remembered{.brain = std::move(*brain), .tools_json = {}, .context_tokens = tokens});
}

TEST(HandleStore, a_handle_of_a_closed_session_gives_its_state_back_again_and_again) {
  HandleStore store;
  store.opened(1);
  store.keep(1, "h", state(7), kNow);
  store.closed(1, kNow);
  for (int i = 0; i < 2; ++i) {
    auto found = store.find("h", kNow);
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)->context_tokens, 7);
  }
}

TEST(HandleStore, a_handle_of_an_open_session_is_in_use) {
  HandleStore store;
  store.opened(1);
  store.keep(1, "h", state(), kNow);
  auto found = store.find("h", kNow);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), HandleFault::in_use);
}

TEST(HandleStore, a_handle_that_was_never_given_out_is_unknown) {
  HandleStore store;
  auto found = store.find("h", kNow);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), HandleFault::unknown);
}

TEST(HandleStore, a_handle_counts_for_two_hours_after_its_session_ended) {
  HandleStore store;
  store.opened(1);
  store.keep(1, "h", state(), kNow);
  store.closed(1, kNow + 5h);
  EXPECT_TRUE(store.find("h", kNow + 5h + limits::kOfflineHandleTimeMax));
  EXPECT_FALSE(store.find("h", kNow + 5h + limits::kOfflineHandleTimeMax + 1ms));
  EXPECT_EQ(store.size(), 0u);
}

TEST(HandleStore, a_session_keeps_its_newest_handles) {
  HandleStore store;
  store.opened(1);
  for (std::size_t i = 0; i <= limits::kOfflineHandlesPerSessionMax; ++i) {
    store.keep(1, "h" + std::to_string(i), state(), kNow);
  }
  store.closed(1, kNow);
  EXPECT_FALSE(store.find("h0", kNow));
  EXPECT_TRUE(store.find("h1", kNow));
  EXPECT_EQ(store.size(), limits::kOfflineHandlesPerSessionMax);
}

TEST(HandleStore, with_too_many_handles_the_oldest_is_forgotten) {
  HandleStore store;
  const auto shared = state();
  for (std::size_t i = 0; i <= limits::kOfflineHandlesMax; ++i) {
    store.opened(i);
    store.keep(i, "h" + std::to_string(i), shared, kNow);
    store.closed(i, kNow);
  }
  EXPECT_EQ(store.size(), limits::kOfflineHandlesMax);
  EXPECT_FALSE(store.find("h0", kNow));
  EXPECT_TRUE(store.find("h1", kNow));
}

TEST(MakeUuid, gives_version_4_and_never_the_same_twice) {
  Rng rng(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = make_uuid(rng);
    EXPECT_THAT(uuid, testing::MatchesRegex(
                          "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

}  // namespace
}  // namespace livegate::offline
