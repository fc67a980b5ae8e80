#include "offline/offline_server_request.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace livegate::offline {
namespace {

constexpr std::string_view kPackage = "/ws/google.ai.generativelanguage.";
constexpr std::string_view kMethod = ".GenerativeService.BidiGenerateContent";
constexpr std::array<std::string_view, 3> kVersions = {"v1", "v1beta", "v1alpha"};

// Takes the same time wherever the first difference is.
bool same_secret(std::string_view a, std::string_view b) {
  unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace

std::optional<std::string> live_api_version(std::string_view path) {
  const std::size_t begin = path.rfind(kPackage);
  if (begin == std::string_view::npos) return std::nullopt;
  std::string_view rest = path.substr(begin + kPackage.size());
  if (!rest.ends_with(kMethod)) return std::nullopt;
  rest.remove_suffix(kMethod.size());
  if (std::ranges::find(kVersions, rest) == kVersions.end()) return std::nullopt;
  return std::string(rest);
}

KeyCheck check_key(const net::HttpRequest& request, const Redacted& wanted) {
  if (wanted.empty()) return KeyCheck::passed;
  std::string key = request.query_value("key").value_or("");
  if (key.empty()) key = std::string(request.header("x-goog-api-key"));
  if (key.empty()) return KeyCheck::missing;
  return same_secret(key, wanted.reveal()) ? KeyCheck::passed : KeyCheck::wrong;
}

}  // namespace livegate::offline
