// Recordings that anybody may have made: whatever stands in one, `livegate replay` ends, within its
// memory, and says something. A file of random bytes fails at its first check, so the input is the
// entries, each behind two bytes of length, and the checks are right; what begins with the magic is
// a file as it is.
#include <cstring>
#include <sstream>
#include <string>

#include "input.h"
#include "recording/config_fields.h"
#include "recording/frame.h"
#include "recording/mask.h"
#include "recording/replay.h"

using namespace livegate;
using namespace livegate::recording;

namespace {

// In place of an empty one.
std::string some_head() {
  Beginning beginning;
  beginning.config.id = "fuzz";
  beginning.config.resume_grace = 30s;
  beginning.block_samples = 320;
  std::string head;
  append_beginning(head, beginning);
  return head;
}

std::string file_of(std::string_view input) {
  std::string file;
  FrameWriter frames;
  bool first = true;
  while (input.size() >= sizeof(std::uint16_t)) {
    std::uint16_t size = 0;
    std::memcpy(&size, input.data(), sizeof size);
    input.remove_prefix(sizeof size);
    const std::string_view entry = input.substr(0, size);
    input.remove_prefix(entry.size());
    frames.append(file, first && entry.empty() ? some_head() : std::string(entry));
    first = false;
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string file = input.starts_with(kMagic) ? std::string(input) : file_of(input);
  std::ostringstream printed;
  const Replayed again = replay(file, &printed);
  fuzz::require(!again.damaged_at || *again.damaged_at <= file.size());
  fuzz::require(!(again.whole && (again.damaged_at || again.differs_at > 0)));

  // What is masked has the length that it had, and what two runs are compared by is the same.
  for (const bool speech : {false, true}) {
    std::string masked, hashed, hashed_masked;
    Mask::for_log(speech, 1).append(masked, input);
    fuzz::require(masked.size() == input.size());
    Mask::for_hash(speech).append(hashed, input);
    Mask::for_hash(speech).append(hashed_masked, masked);
    fuzz::require(hashed == hashed_masked);
  }
  return 0;
}
