#include "server/flight_store.h"

#include <cstdlib>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>

namespace livegate::server {
namespace {

class Flights : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "flights-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  void write(std::size_t bytes_max, const std::vector<std::string>& sessions) {
    auto store = FlightStore::open(dir_.string(), bytes_max, log_);
    ASSERT_TRUE(store);
    for (const std::string& session : sessions) {
      EXPECT_TRUE((*store)->append(session, std::string(1000, 'x')));
    }
    store->reset();  // what waits is written
  }
  std::uintmax_t size(const std::string& session) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(dir_ / (session + ".flight"), missing);
    return missing ? 0 : bytes;
  }

  std::filesystem::path dir_;
  obs::Log log_{obs::LogLevel::off, ""};
};

TEST_F(Flights, what_is_appended_stands_in_one_file_of_its_owners) {
  write(100'000, {"a", "b", "a"});
  EXPECT_EQ(size("a"), 2000U);
  EXPECT_EQ(size("b"), 1000U);
  const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  EXPECT_EQ(std::filesystem::status(dir_ / "a.flight").permissions() & others,
            std::filesystem::perms::none);
}

TEST_F(Flights, older_files_make_room_and_other_files_stay) {
  std::ofstream(dir_ / "notes.txt") << std::string(5000, 'n');
  write(2500, {"a", "b", "c"});
  EXPECT_EQ(size("a") + size("b"), 1000U) << "one of the older two had to go";
  EXPECT_EQ(size("c"), 1000U);
  EXPECT_TRUE(std::filesystem::exists(dir_ / "notes.txt"));
}

TEST_F(Flights, a_folder_that_cannot_be_made_is_said) {
  std::ofstream(dir_ / "file") << "x";
  const auto store = FlightStore::open((dir_ / "file" / "below").string(), 1000, log_);
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().find("recorder.dir"), std::string::npos);
}

}  // namespace
}  // namespace livegate::server
