#include "server/refusals.h"

#include <algorithm>
#include <chrono>

#include "base/limits.h"
#include "proto/auth_token.h"

namespace livegate::server {
namespace {

bool is_api_path(std::string_view path) {
  return path.starts_with("/v1") || path.find("/ws/") != std::string_view::npos ||
         path.find("/v1beta/") != std::string_view::npos ||
         path.find("/v1alpha/") != std::string_view::npos;
}

}  // namespace

std::string shown_origin(std::string_view origin, std::size_t bytes_max) {
  constexpr std::string_view kMore = "...";
  const bool whole = origin.size() <= bytes_max;
  std::string out(origin.substr(0, whole ? bytes_max : bytes_max - kMore.size()));
  std::ranges::replace_if(
      out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return whole ? out : out.append(kMore);
}

std::string origin_refusal(std::string_view origin) {
  constexpr std::string_view kBefore = "The origin ";
  constexpr std::string_view kAfter = " is not allowed here: add it to server.allowed_origins.";
  constexpr std::size_t kRoom = limits::kCloseReasonBytesMax - kBefore.size() - kAfter.size();
  return std::string(kBefore).append(shown_origin(origin, kRoom)).append(kAfter);
}

bool LogAllowance::take(Instant now) {
  const std::chrono::duration<double> passed = now - filled_;
  filled_ = now;
  left_ = std::min(kBurst, left_ + std::max(passed.count(), 0.0));
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

net::HttpResponse refusal_of(std::string_view path, int code, std::string_view status,
                             std::string_view message) {
  net::HttpResponse response;
  response.status = code;
  if (is_api_path(path)) {
    response.content_type = "application/json; charset=utf-8";
    response.body = proto::http_error_json(code, message, status);
  } else {
    response.body = std::string(message) + '\n';
  }
  return response;
}

}  // namespace livegate::server
