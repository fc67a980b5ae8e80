// The writing half of http_wire.h.
#include <algorithm>
#include <chrono>
#include <ctime>

#include "net/http_wire.h"

namespace livegate::net {
namespace {

struct StatusName {
  int status;
  std::string_view name;
};

// RFC 9110 section 15, as far as we answer with them.
constexpr StatusName kStatusNames[] = {
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

std::string_view status_name(int status) {
  const auto* found = std::ranges::find(kStatusNames, status, &StatusName::status);
  return found == std::end(kStatusNames) ? "Other" : found->name;
}

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void append(std::vector<std::uint8_t>& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7). The C locale is never changed here.
std::string http_date() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, size};
}

}  // namespace

void append_head(std::vector<std::uint8_t>& out, std::string_view first_line,
                 std::span<const std::pair<std::string, std::string>> headers) {
  append(out, first_line);
  append(out, "\r\n");
  for (const auto& [name, value] : headers) {
    if (!is_one_line(name) || !is_one_line(value)) continue;
    append(out, name);
    append(out, ": ");
    append(out, value);
    append(out, "\r\n");
  }
  append(out, "\r\n");
}

void append_response(std::vector<std::uint8_t>& out, const HttpResponse& response, bool head_only,
                     bool keep_alive) {
  std::vector<std::pair<std::string, std::string>> headers{{"Date", http_date()}};
  // 204 and 304 have no body and no length of one (RFC 9110 sections 8.6, 15.3.5, 15.4.5).
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) {
    headers.emplace_back("Content-Type", response.content_type);
    headers.emplace_back("Content-Length", std::to_string(response.body_bytes()));
  }
  headers.emplace_back("Connection", keep_alive ? "keep-alive" : "close");
  headers.insert(headers.end(), response.headers.begin(), response.headers.end());
  append_head(out,
              "HTTP/1.1 " + std::to_string(response.status) + " " +
                  std::string(status_name(response.status)),
              headers);
  if (!head_only && !bodiless && !response.shared_body) append(out, response.body);
}

}  // namespace livegate::net
