// Text frames of livegate.v1: refused with one of four codes and a sentence, or accepted with
// values in range.
#include <array>

#include "input.h"
#include "proto/native.h"

using namespace livegate;
namespace native = livegate::proto::native;

namespace {

std::size_t letters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += c != ' ' ? 1 : 0;
  return count;
}

void look_at(const native::Start& start) {
  fuzz::require(start.rate_hz >= 8000 && start.rate_hz <= 48000);
  fuzz::require(start.client.size() <= 64);
  fuzz::require(start.tools_json.empty() || start.tools_json.front() == '[');
}
void look_at(const native::Text& text) { fuzz::require(letters(text.text) <= text.text.size()); }
void look_at(const native::Image& image) {
  fuzz::require(letters(image.base64) <= image.base64.size() && !image.base64.empty());
  fuzz::require(image.mime_type.starts_with("image/"));
}
void look_at(const native::ToolResult& result) {
  fuzz::require(!result.id.empty());
  fuzz::require(letters(result.result_json) == 0 || letters(result.error) == 0);
}
void look_at(const native::Playback& playback) { fuzz::require(playback.samples >= 0); }
template <class Other>
void look_at(const Other&) {}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static native::NativeDecoder decoder;
  constexpr std::array<std::string_view, 4> kCodes = {"bad_json", "unknown_type", "bad_field",
                                                      "unknown_field"};
  const fuzz::Input input(data, size);
  const auto result = decoder.decode(input.text());
  if (result) {
    std::visit([](const auto& message) { look_at(message); }, *result);
    return 0;
  }
  bool named = false;
  for (const std::string_view code : kCodes) named = named || result.error().code == code;
  fuzz::require(named && result.error().message.ends_with('.'));
  return 0;
}
