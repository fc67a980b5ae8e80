// How often this room's test program has allocated, for the claims that something never does.
// allocation_count_test.cc replaces the program's operator new to know.
#pragma once

#include <cstddef>

namespace livegate::audio {

[[nodiscard]] std::size_t allocation_count();

}  // namespace livegate::audio
