// A fuzzer's input as a codec wants it: at the very end of its allocation, so that the sanitizer
// sees every byte read too far, with the padding filled from the input, which no codec may depend
// on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/padded_text.h"

namespace livegate::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : bytes_(std::make_unique<char[]>(size + kTextPadding)), size_(size) {
    for (std::size_t i = 0; i < size; ++i) bytes_[i] = static_cast<char>(data[i]);
    for (std::size_t i = 0; i < kTextPadding; ++i) {
      bytes_[size + i] = size == 0 ? '}' : static_cast<char>(data[size - 1 - i % size]);
    }
  }
  [[nodiscard]] PaddedText text() const { return PaddedText::promise({bytes_.get(), size_}); }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

// What must hold of every input.
inline void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace livegate::fuzz
