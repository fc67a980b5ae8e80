#include "server/recording_store.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/limits.h"

namespace livegate::server {
namespace {

class RecordingStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "flights-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  void open(std::size_t bytes_max) {
    ASSERT_TRUE(RecordingStore::prepare(dir_.string()));
    store_.emplace(dir_, bytes_max, log_, counters_);
  }
  void write(std::size_t bytes_max, const std::vector<std::string>& sessions) {
    open(bytes_max);
    for (const std::string& session : sessions) {
      EXPECT_TRUE(store_->begin(session)->append(std::string(1000, 'x')));
    }
    store_.reset();  // what waits is written
  }
  // What is waiting is written: of a store that goes on.
  void settle() {
    const auto last = store_->begin("settled");
    ASSERT_TRUE(last->append("."));
    while (size("settled") == 0) std::this_thread::yield();
    std::filesystem::remove(dir_ / "settled.flight");
  }
  std::int64_t cut_short() const { return counters_.get(obs::Metric::recordings_cut_short); }
  std::int64_t removed() const { return counters_.get(obs::Metric::recordings_removed); }
  std::uintmax_t size(const std::string& session) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(dir_ / (session + ".flight"), missing);
    return missing ? 0 : bytes;
  }

  std::filesystem::path dir_;
  obs::Log log_{obs::LogLevel::off, ""};
  obs::ShardMetrics counters_;
  std::optional<RecordingStore> store_;
};

const std::string kChunk(1000, 'x');

TEST_F(RecordingStoreTest, what_is_appended_stands_in_one_file_of_its_owners) {
  open(100'000);
  {
    const auto a = store_->begin("a");
    const auto b = store_->begin("b");
    for (auto* recording : {a.get(), b.get(), a.get()}) EXPECT_TRUE(recording->append(kChunk));
  }
  store_.reset();
  EXPECT_EQ(size("a"), 2000U);
  EXPECT_EQ(size("b"), 1000U);
  const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  EXPECT_EQ(std::filesystem::status(dir_ / "a.flight").permissions() & others,
            std::filesystem::perms::none);
  EXPECT_EQ(cut_short(), 0);
}

TEST_F(RecordingStoreTest, older_files_make_room_and_other_files_stay) {
  std::ofstream(dir_ / "notes.txt") << std::string(5000, 'n');
  write(2500, {"a", "b", "c"});
  EXPECT_EQ(size("a") + size("b"), 1000U) << "one of the older two had to go";
  EXPECT_EQ(size("c"), 1000U);
  EXPECT_EQ(removed(), 1);
  EXPECT_EQ(cut_short(), 0);
  EXPECT_TRUE(std::filesystem::exists(dir_ / "notes.txt"));
}

TEST_F(RecordingStoreTest, a_running_session_keeps_its_file_and_a_complete_one_goes) {
  open(2500);
  const auto running = store_->begin("running");
  EXPECT_TRUE(running->append(kChunk));
  EXPECT_TRUE(store_->begin("complete")->append(kChunk));
  EXPECT_TRUE(running->append(kChunk));
  settle();
  EXPECT_EQ(size("running"), 2000U) << "though it was begun before";
  EXPECT_EQ(size("complete"), 0U);
  EXPECT_EQ(removed(), 1);
}

TEST_F(RecordingStoreTest, where_only_running_sessions_are_left_the_one_that_grows_ends) {
  open(2500);
  const auto a = store_->begin("a"), b = store_->begin("b");
  EXPECT_TRUE(a->append(kChunk));
  EXPECT_TRUE(b->append(kChunk));
  (void)a->append(std::string(700, 'x'));
  settle();
  EXPECT_EQ(size("a"), 1000U);
  EXPECT_EQ(cut_short(), 1);
  EXPECT_FALSE(a->append("x")) << "it would be a hole";
  EXPECT_TRUE(b->append(std::string(100, 'x')));
  settle();
  EXPECT_EQ(size("a"), 1000U);
  EXPECT_EQ(size("b"), 1100U);
  EXPECT_EQ(cut_short(), 1) << "once";
}

TEST_F(RecordingStoreTest, a_file_that_somebody_took_away_does_not_come_back_without_its_head) {
  open(100'000);
  const auto a = store_->begin("a");
  EXPECT_TRUE(a->append(kChunk));
  settle();
  std::filesystem::remove(dir_ / "a.flight");
  (void)a->append(kChunk);
  settle();
  EXPECT_FALSE(std::filesystem::exists(dir_ / "a.flight"));
  EXPECT_EQ(cut_short(), 1);
  EXPECT_FALSE(a->append(kChunk));
}

TEST_F(RecordingStoreTest,
       a_write_that_fails_half_way_leaves_whole_entries_and_ends_the_recording) {
  open(100'000);
  const auto a = store_->begin("a");
  EXPECT_TRUE(a->append(kChunk));
  settle();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit narrow{1500, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &narrow), 0);
  (void)a->append(kChunk);
  settle();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(size("a"), 1000U);
  EXPECT_EQ(cut_short(), 1);
  EXPECT_FALSE(a->append(kChunk));
  settle();
  EXPECT_EQ(size("a"), 1000U);
}

TEST_F(RecordingStoreTest, more_than_the_disk_takes_ends_a_recording_and_is_counted) {
  open(std::size_t{1} << 40);
  const auto a = store_->begin("a");
  EXPECT_FALSE(a->append(std::string(limits::kRecordingQueueBytesMax + 1, 'x')));
  EXPECT_FALSE(a->append("x"));
  settle();
  EXPECT_EQ(size("a"), 0U);
  EXPECT_EQ(cut_short(), 1);
}

TEST_F(RecordingStoreTest, a_folder_that_takes_no_file_is_said) {
  EXPECT_TRUE(RecordingStore::try_folder(dir_.string()));
  EXPECT_TRUE(std::filesystem::is_empty(dir_)) << "nothing is left of the try";
  const auto folder = RecordingStore::prepare("/proc");
  ASSERT_FALSE(folder);
  EXPECT_TRUE(
      folder.error().starts_with("recorder.dir: no file can be made in the folder /proc: "));
}

TEST_F(RecordingStoreTest, a_folder_that_is_made_is_its_owner_s_alone) {
  const mode_t before = ::umask(0);
  EXPECT_TRUE(RecordingStore::prepare((dir_ / "made" / "").string()));
  ::umask(before);
  EXPECT_EQ(std::filesystem::status(dir_ / "made").permissions(),
            std::filesystem::perms::owner_all);
}

TEST_F(RecordingStoreTest, a_folder_that_cannot_be_made_is_said) {
  std::ofstream(dir_ / "file") << "x";
  const auto folder = RecordingStore::prepare((dir_ / "file" / "below").string());
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().find("recorder.dir"), std::string::npos);
}

}  // namespace
}  // namespace livegate::server
