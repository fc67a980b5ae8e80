// Private to net: HTTP/1.1 messages as bytes, without I/O. The parsing is Boost.Beast's, which only
// http_wire.cc sees: its types stay out of every header, and its streams out of the program
// (docs/decisions/0001-websocket.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.h"

namespace livegate::net {

enum class ParseState : std::uint8_t { incomplete, complete, refused };

// One request, within the caps of limits.h.
class RequestParser {
 public:
  RequestParser();
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Takes what it can from the front of `bytes` and says how many; the caller offers the rest
  // again, with more behind it, while incomplete.
  std::size_t feed(std::span<const std::uint8_t> bytes);
  [[nodiscard]] ParseState state() const { return state_; }

  // refused: how to answer, in one sentence.
  [[nodiscard]] const HttpResponse& refusal() const { return refusal_; }
  // True once, when the client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool take_expectation();

  // complete:
  [[nodiscard]] HttpRequest take();
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] bool is_http11() const;

 private:
  struct Beast;
  void refuse(int status, std::string sentence);
  void check_complete();

  std::unique_ptr<Beast> beast_;
  ParseState state_ = ParseState::incomplete;
  bool expectation_seen_ = false;
  HttpResponse refusal_;
  HttpRequest request_;
};

// The head of an answer to an upgrade; what comes behind it is not HTTP any more, or not read.
class ResponseHeadParser {
 public:
  ResponseHeadParser();
  ~ResponseHeadParser();
  ResponseHeadParser(const ResponseHeadParser&) = delete;
  ResponseHeadParser& operator=(const ResponseHeadParser&) = delete;

  std::size_t feed(std::span<const std::uint8_t> bytes);  // as above
  [[nodiscard]] ParseState state() const { return state_; }
  [[nodiscard]] int status() const;
  // The values of all headers of that name, joined by commas.
  [[nodiscard]] std::string header(std::string_view name) const;

 private:
  struct Beast;
  std::unique_ptr<Beast> beast_;
  ParseState state_ = ParseState::incomplete;
};

// Appends a whole answer. `head_only`: to HEAD, with the length of what is left out. A header with
// a line break in it is left out: it would begin a header of its own.
void append_response(std::vector<std::uint8_t>& out, const HttpResponse& response, bool head_only,
                     bool keep_alive);

// Appends a head: the first line, then the headers, then the empty line.
void append_head(std::vector<std::uint8_t>& out, std::string_view first_line,
                 std::span<const std::pair<std::string, std::string>> headers);

}  // namespace livegate::net
