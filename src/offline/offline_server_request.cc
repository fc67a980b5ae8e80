#include "offline/offline_server_request.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace livegate::offline {
namespace {

constexpr std::string_view kPackage = "/ws/google.ai.generativelanguage.";
constexpr std::string_view kMethod = ".GenerativeService.BidiGenerateContent";
constexpr std::string_view kConstrained = "Constrained";
constexpr std::string_view kVertexPackage = "/ws/google.cloud.aiplatform.";
constexpr std::string_view kVertexMethod = ".LlmBidiService/BidiGenerateContent";
constexpr std::string_view kTokens = "/auth_tokens";
constexpr std::array<std::string_view, 3> kVersions = {"v1", "v1beta", "v1alpha"};
constexpr std::array<std::string_view, 2> kVertexVersions = {"v1", "v1beta1"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& versions, std::string_view text) {
  return std::ranges::find(versions, text) != versions.end();
}

// What follows the last `package` of a path; nothing if it is not there.
std::optional<std::string_view> behind(std::string_view path, std::string_view package) {
  const std::size_t begin = path.rfind(package);
  if (begin == std::string_view::npos) return std::nullopt;
  return path.substr(begin + package.size());
}

// "Token abc" of an Authorization header: "abc" for the scheme "Token".
std::string authorization(const net::HttpRequest& request, std::string_view scheme) {
  const std::string_view value = request.header("authorization");
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return {};
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((value[i] | 0x20) != (scheme[i] | 0x20)) return {};  // letters of any case
  }
  return std::string(value.substr(scheme.size() + 1));
}

// Takes the same time wherever the first difference is.
bool same_secret(std::string_view a, std::string_view b) {
  unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace

std::optional<LivePath> live_path(std::string_view path) {
  if (auto rest = behind(path, kVertexPackage); rest && rest->ends_with(kVertexMethod)) {
    rest->remove_suffix(kVertexMethod.size());
    if (!is_one_of(kVertexVersions, *rest)) return std::nullopt;
    return LivePath{.version = std::string(*rest), .constrained = false, .vertex = true};
  }
  auto rest = behind(path, kPackage);
  if (!rest) return std::nullopt;
  const bool constrained = rest->ends_with(kConstrained);
  if (constrained) rest->remove_suffix(kConstrained.size());
  if (!rest->ends_with(kMethod)) return std::nullopt;
  rest->remove_suffix(kMethod.size());
  if (!is_one_of(kVersions, *rest)) return std::nullopt;
  return LivePath{.version = std::string(*rest), .constrained = constrained, .vertex = false};
}

bool is_token_path(std::string_view path) {
  if (!path.ends_with(kTokens)) return false;
  path.remove_suffix(kTokens.size());
  const std::size_t slash = path.rfind('/');
  return slash != std::string_view::npos && is_one_of(kVersions, path.substr(slash + 1));
}

KeyCheck check_key(const net::HttpRequest& request, const Redacted& wanted) {
  if (wanted.empty()) return KeyCheck::passed;
  std::string key = request.query_value("key").value_or("");
  if (key.empty()) key = std::string(request.header("x-goog-api-key"));
  if (key.empty()) key = authorization(request, "Bearer");
  if (key.empty()) return KeyCheck::missing;
  return same_secret(key, wanted.reveal()) ? KeyCheck::passed : KeyCheck::wrong;
}

Admission admit(const net::HttpRequest& request, const LivePath& path, const Redacted& wanted_key,
                const AuthTokenStore& tokens) {
  std::string name = request.query_value("access_token").value_or("");
  if (name.empty()) name = authorization(request, "Token");
  if (!path.constrained) {
    // Tokens are good for the other method only.
    if (!name.empty()) return {.check = KeyCheck::refused, .token = nullptr};
    return {.check = check_key(request, wanted_key), .token = nullptr};
  }
  if (name.empty()) return {.check = KeyCheck::missing, .token = nullptr};
  std::shared_ptr<AuthToken> token = tokens.find(name);
  if (!token) return {.check = KeyCheck::refused, .token = nullptr};
  return {.check = KeyCheck::passed, .token = std::move(token)};
}

}  // namespace livegate::offline
