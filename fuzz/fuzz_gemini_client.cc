// Client messages: refused with 1007 and a reason, or accepted; a setup that is accepted is written
// in a form that says the same.
#include "base/limits.h"
#include "input.h"
#include "proto/gemini.h"
#include "proto/proto_testing.h"

using namespace livegate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static proto::GeminiDecoder decoder;
  static proto::ClientMessage message;
  const fuzz::Input input(data, size);
  const auto result = decoder.decode_client(input.text(), message);
  if (!result) {
    fuzz::require(result.error().close_code == 1007);
    fuzz::require(!result.error().reason.empty());
    fuzz::require(result.error().reason.size() <= limits::kCloseReasonBytesMax);
    return 0;
  }
  fuzz::require(!proto::testing::facts(message).empty());
  if (message.kind != proto::ClientKind::setup) return 0;

  std::string text;
  proto::append_setup(text, message.setup);
  const PaddedString written(text);
  proto::ClientMessage again;
  fuzz::require(decoder.decode_client(written.text(), again).has_value());
  std::string twice;
  proto::append_setup(twice, again.setup);
  fuzz::require(twice == text);
  message.setup.document.clear();  // members that came twice are written once
  again.setup.document.clear();
  fuzz::require(proto::testing::facts(message) == proto::testing::facts(again));
  return 0;
}
