// Server messages: refused by name, or accepted, and then written in a form that is read and
// written again as the same text, with nothing lost.
#include <algorithm>

#include "base/limits.h"
#include "input.h"
#include "proto/gemini.h"
#include "proto/proto_testing.h"

using namespace livegate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static proto::GeminiDecoder decoder;
  static proto::ServerMessage message;
  const fuzz::Input input(data, size);
  const auto result = decoder.decode_server(input.text(), message);
  if (!result) {
    fuzz::require(!result.error().reason.empty());
    fuzz::require(result.error().reason.size() <= limits::kCloseReasonBytesMax);
    return 0;
  }
  const std::string facts = proto::testing::facts(message);
  std::string text;
  proto::append_server_message(text, message);

  const PaddedString written(text);
  proto::ServerMessage again;
  fuzz::require(decoder.decode_server(written.text(), again).has_value());
  std::string twice;
  proto::append_server_message(twice, again);
  fuzz::require(twice == text);
  // Unknown members may change places, so the letters are compared, not their order.
  std::string facts_again = proto::testing::facts(again);
  std::string facts_sorted = facts;
  std::ranges::sort(facts_sorted);
  std::ranges::sort(facts_again);
  fuzz::require(facts_again == facts_sorted);
  return 0;
}
