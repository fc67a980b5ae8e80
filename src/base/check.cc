#include "base/check.h"

#include <string>

namespace livegate {

void check_failed(const char* condition, const char* file, int line) {
  throw CheckFailed(std::string(file) + ":" + std::to_string(line) +
                    ": check failed: " + condition);
}

}  // namespace livegate
