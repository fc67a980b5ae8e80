#include "audio/allocation_count.h"

#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include <gtest/gtest.h>

namespace {
std::size_t allocations = 0;
}  // namespace

// Not inlined: where GCC sees free() meet a call of operator new, it warns of a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace livegate::audio {

std::size_t allocation_count() { return allocations; }

namespace {

TEST(AllocationCount, counts) {
  const std::size_t before = allocation_count();
  const auto kept = std::make_unique<std::string>(100, 'x');
  EXPECT_EQ(allocation_count(), before + 2);
}

}  // namespace
}  // namespace livegate::audio
