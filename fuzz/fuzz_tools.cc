// Tools as schema generators write them: refused with a sentence, or written in the service's
// dialect within its size, and what is written so is left as it stands.
#include <string>
#include <string_view>

#include "base/limits.h"
#include "input.h"
#include "proto/tool_dialect.h"

using namespace livegate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > limits::kSetupBytesMax) return 0;
  const auto once = proto::tools_for_service({reinterpret_cast<const char*>(data), size});
  if (!once) {
    fuzz::require(once.error().ends_with('.'));
    return 0;
  }
  fuzz::require(once->size() <= limits::kSetupBytesMax);
  const auto twice = proto::tools_for_service(*once);
  fuzz::require(twice && *twice == *once);
  return 0;
}
