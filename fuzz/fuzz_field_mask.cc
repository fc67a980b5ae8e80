// Short-lived tokens that pin part of a setup, on any mask, any pinned settings and any client's
// setup: refused with 1007, or a setup that pins nothing more the second time, and that a token
// which pins the same changes no further. Three lines: the mask's paths with commas between them,
// the token's settings, the client's message.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "input.h"
#include "proto/auth_token.h"
#include "proto/gemini.h"

using namespace livegate;

namespace {

std::string_view take_until(std::string_view& text, char end) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static proto::GeminiDecoder decoder;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string request = R"({"fieldMask":")";
  request.append(take_until(text, '\n')).append(R"(","bidiGenerateContentSetup":)");
  request.append(take_until(text, '\n')).append("}");
  const auto token = proto::read_auth_token_request(request);
  if (!token) return 0;
  const std::string settings = token->setup.value_or("{}");
  const std::vector<std::string>& mask = token->field_mask;

  proto::ClientMessage client;
  const PaddedString line(text);
  const bool said = decoder.decode_client(line.text(), client).has_value();
  if (!said || client.kind != proto::ClientKind::setup) client.clear();

  const auto once = proto::pinned_setup(client.setup, settings, mask);
  if (!once) {
    fuzz::require(once.error().close_code == 1007 && !once.error().reason.empty());
    return 0;
  }
  std::string wire;
  proto::append_setup(wire, *once);
  const auto again = proto::pinned_setup(*once, settings, mask);
  fuzz::require(again.has_value());
  std::string wire_again;
  proto::append_setup(wire_again, *again);
  // Members may change places, so their letters are compared.
  std::ranges::sort(wire);
  std::ranges::sort(wire_again);
  fuzz::require(wire == wire_again);
  return 0;
}
