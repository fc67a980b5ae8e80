// What must hold. A broken invariant throws: the driver of one session catches it, logs it, counts
// it and ends that session; every other one continues. Never for bad input: that is a Result.
#pragma once

#include <stdexcept>

namespace livegate {

class CheckFailed : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace livegate

#define LIVEGATE_CHECK(condition) \
  ((condition) ? (void)0 : ::livegate::check_failed(#condition, __FILE__, __LINE__))
