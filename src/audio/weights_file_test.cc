#include "audio/weights_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/silero_testing.h"

namespace livegate::audio {
namespace {

std::vector<TestTensor> two_tensors() {
  return {{"a", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"b", {}, {0.5F}}};
}

std::string error_of(const FileBytes& file) {
  const auto read = read_weights(file);
  return read ? "none" : read.error();
}

TEST(WeightsFile, has_tensors_by_name_with_shape_and_data) {
  const FileBytes file = test_model_file(two_tensors());
  const auto read = read_weights(file);
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(read->at(0).name, "a");
  EXPECT_EQ(read->at(0).shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(read->at(0).f32_le.size(), 24U);
  EXPECT_EQ(read->at(1).name, "b");
  EXPECT_TRUE(read->at(1).shape.empty());
  EXPECT_EQ(read->at(1).f32_le.size(), 4U);
}

TEST(WeightsFile, of_another_kind_is_refused_and_told_how_to_be_made) {
  constexpr std::string_view kWords = "it is no file of weights; scripts/models/fetch makes one";
  EXPECT_EQ(error_of({}), kWords);
  EXPECT_EQ(error_of(FileBytes(100, 8)), kWords) << "such as the network's ONNX file";
}

TEST(WeightsFile, that_is_damaged_or_cut_off_is_refused) {
  const FileBytes whole = test_model_file(two_tensors());
  for (std::size_t i = 20; i < whole.size(); ++i) {
    FileBytes damaged = whole;
    damaged[i] ^= 1;
    EXPECT_EQ(error_of(damaged), "it is damaged: its checksum does not fit") << i;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(error_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "none");
  }
}

// As somebody would write one who knows the sum.
TEST(WeightsFile, whose_lengths_do_not_fit_is_refused) {
  const FileBytes whole = test_model_file(two_tensors());
  for (std::size_t size = 20; size + 5 < whole.size(); ++size) {
    const FileBytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto error = error_of(summed(cut));
    EXPECT_THAT(error, testing::AnyOf("none", "it ends in the middle of a tensor")) << size;
  }
  EXPECT_EQ(error_of(test_model_file({{"huge", {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, {1}}})),
            "it ends in the middle of a tensor");
  EXPECT_EQ(error_of(test_model_file({{"deep", {1, 1, 1, 1, 1}, {1}}})),
            "it has a tensor of more than 4 dimensions");
}

}  // namespace
}  // namespace livegate::audio
