#include "audio/weights_file.h"

#include <algorithm>

#include <zlib.h>

namespace livegate::audio {
namespace {

constexpr std::string_view kMagic = "livegate weights 1\n";
constexpr std::size_t kSumBytes = 4;
constexpr std::size_t kDimensionsMax = 4;

// Reads from the front; what is not there is zero, and is told by `failed`.
class Front {
 public:
  explicit Front(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::span<const std::uint8_t> take(std::uint64_t size) {
    if (size > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const auto taken = bytes_.first(static_cast<std::size_t>(size));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  std::uint64_t integer(std::size_t size) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const std::uint8_t byte : take(size)) {
      value |= std::uint64_t{byte} << shift;
      shift += 8;
    }
    return value;
  }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::span<const std::uint8_t> bytes_;
  bool failed_ = false;
};

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<std::vector<WeightTensor>, std::string> read_weights(std::span<const std::uint8_t> file) {
  if (file.size() < kMagic.size() + kSumBytes || as_text(file.first(kMagic.size())) != kMagic) {
    return Unexpected{std::string("it is no file of weights; scripts/models/fetch makes one")};
  }
  const auto content = file.first(file.size() - kSumBytes);
  const auto sum = crc32(0, content.data(), static_cast<uInt>(content.size()));
  if (Front(file.last(kSumBytes)).integer(kSumBytes) != sum) {
    return Unexpected{std::string("it is damaged: its checksum does not fit")};
  }
  std::vector<WeightTensor> tensors;
  Front front(content.subspan(kMagic.size()));
  while (!front.empty()) {
    WeightTensor tensor;
    tensor.name = as_text(front.take(front.integer(2)));
    const std::uint64_t dimensions = front.integer(1);
    if (dimensions > kDimensionsMax) {
      return Unexpected{std::string("it has a tensor of more than 4 dimensions")};
    }
    std::uint64_t bytes = sizeof(float);
    for (std::uint64_t i = 0; i < dimensions; ++i) {
      tensor.shape.push_back(front.integer(4));
      // More than the file has is as good as any other number that is too large.
      bytes = std::min(bytes * tensor.shape.back(), std::uint64_t{file.size()} + 1);
    }
    tensor.f32_le = front.take(bytes);
    if (front.failed()) return Unexpected{std::string("it ends in the middle of a tensor")};
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace livegate::audio
