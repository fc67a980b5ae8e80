// Requests for ephemeral tokens: refused with a sentence, or accepted; what an accepted one pins
// gives any client a setup that can be written, or is refused with 1007.
#include <string>

#include "input.h"
#include "proto/auth_token.h"
#include "proto/model_profile.h"

using namespace livegate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const auto request = proto::read_auth_token_request(input.text().view());
  if (!request) {
    fuzz::require(!request.error().empty());
    return 0;
  }
  proto::Setup client;
  client.model = "models/theirs";
  client.resumption_handle = "h";
  const auto setup =
      proto::pinned_setup(client, request->setup.value_or("{}"), request->field_mask);
  if (!setup) {
    fuzz::require(setup.error().close_code == 1007);
    return 0;
  }
  std::string wire;
  proto::append_setup(wire, *setup);
  fuzz::require(wire.starts_with(R"({"setup":{)"));
  if (const auto refused = proto::check_setup(*setup, proto::profile_of(setup->model))) {
    fuzz::require(refused->close_code == 1007 && !refused->reason.empty());
  }
  return 0;
}
