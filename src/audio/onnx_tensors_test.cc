#include "audio/onnx_tensors.h"

#include <gtest/gtest.h>

#include "audio/silero_testing.h"

namespace livegate::audio {
namespace {

std::vector<TestTensor> two_tensors() {
  return {{"a", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"b", {1}, {0.5F}}};
}

std::string error_of(const FileBytes& file) {
  const auto read = read_branch_tensors(file, "then_branch");
  return read ? "none" : read.error();
}

TEST(OnnxTensors, are_found_by_name_with_shape_and_data) {
  const FileBytes file = test_model_file(two_tensors());
  const auto read = read_branch_tensors(file, "then_branch");
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(read->at(0).name, "a");
  EXPECT_EQ(read->at(0).shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(read->at(0).f32_le.size(), 24U);
  EXPECT_EQ(read->at(1).name, "b");
}

TEST(OnnxTensors, of_other_types_are_left_out) {
  auto tensors = two_tensors();
  tensors[0].type = 7;  // whole numbers
  const FileBytes file = test_model_file(tensors);
  const auto read = read_branch_tensors(file, "then_branch");
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->at(0).name, "b");
}

TEST(OnnxTensors, packed_dimensions_are_read_as_well) {
  FileBytes tensor;
  put_bytes(tensor, 1, {2, 3});
  put_integer(tensor, 2, 1);
  put_text(tensor, 8, "packed");
  put_bytes(tensor, 9, FileBytes(24));
  FileBytes value, node, branch, choice_value, choice, graph, file;
  put_text(value, 1, "value");
  put_bytes(value, 5, tensor);
  put_text(node, 4, "Constant");
  put_bytes(node, 5, value);
  put_bytes(branch, 1, node);
  put_text(choice_value, 1, "then_branch");
  put_bytes(choice_value, 6, branch);
  put_text(choice, 4, "If");
  put_bytes(choice, 5, choice_value);
  put_bytes(graph, 1, choice);
  put_bytes(file, 7, graph);
  const auto read = read_branch_tensors(file, "then_branch");
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->at(0).shape, (std::vector<std::uint64_t>{2, 3}));
}

TEST(OnnxTensors, a_shape_that_its_data_does_not_fit_is_refused) {
  const std::string expected = "its tensor a has a shape that its data does not fit";
  for (const std::vector<std::uint64_t>& shape :
       {std::vector<std::uint64_t>{2, 4}, {7}, {0}, {}, {2, 0}, {1ULL << 63, 1ULL << 63}}) {
    auto tensors = two_tensors();
    tensors[0].shape = shape;
    EXPECT_EQ(error_of(test_model_file(tensors)), expected);
  }
  auto tensors = two_tensors();
  tensors[0].shape = {1, 1, 1, 2, 3};
  EXPECT_EQ(error_of(test_model_file(tensors)), "it has a tensor of more than 4 dimensions");
}

TEST(OnnxTensors, a_name_from_a_file_cannot_write_to_the_terminal) {
  auto tensors = two_tensors();
  tensors[0].name = "\x1b[2J evil\n";
  tensors[0].shape = {5};
  EXPECT_EQ(error_of(test_model_file(tensors)),
            "its tensor ?[2J?evil? has a shape that its data does not fit");
}

TEST(OnnxTensors, a_file_of_something_else_is_refused) {
  const std::string text = "<!DOCTYPE html><html><body>Not found</body></html>";
  EXPECT_NE(error_of(FileBytes(text.begin(), text.end())), "none");
  EXPECT_EQ(error_of({}), "its graph has 0 branches called then_branch, and one was expected");
  EXPECT_EQ(error_of({0x0B}), "it has a field of a kind that ONNX does not use");
  EXPECT_EQ(error_of({0x00, 0x00}), "it has a field without a number");
  EXPECT_EQ(error_of(FileBytes(11, 0xFF)), "it has a number of more than 64 bits");
}

TEST(OnnxTensors, a_truncated_file_is_refused_wherever_it_ends) {
  const FileBytes whole = test_model_file(two_tensors());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy, so that the address sanitizer sees a read past its end.
    const FileBytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(error_of(cut), "none") << size;
  }
}

TEST(OnnxTensors, a_corrupted_file_is_read_or_refused_and_nothing_else) {
  const FileBytes whole = test_model_file(two_tensors());
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
      FileBytes broken = whole;
      broken[at] = static_cast<std::uint8_t>(value);
      const auto read = read_branch_tensors(broken, "then_branch");
      if (!read) {
        ++refused;
        EXPECT_FALSE(read.error().empty());
        continue;
      }
      for (const OnnxTensor& tensor : *read) {
        std::size_t values = 1;
        for (const std::uint64_t size : tensor.shape) values *= size;
        EXPECT_EQ(tensor.f32_le.size(), 4 * values);
      }
    }
  }
  EXPECT_GT(refused, whole.size());
}

}  // namespace
}  // namespace livegate::audio
