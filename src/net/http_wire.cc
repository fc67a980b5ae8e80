#include "net/http_wire.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/check.h"
#include "base/limits.h"
#include "ws/handshake.h"

namespace livegate::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::string to_string(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Offers `bytes` until the parser takes no more. Returns how many it took; `error` is clear or
// final.
template <class Parser>
std::size_t put_all(Parser& parser, std::span<const std::uint8_t> bytes, error_code& error) {
  std::size_t taken = 0;
  while (!parser.is_done() && taken < bytes.size()) {
    const auto rest = bytes.subspan(taken);
    const std::size_t count = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    taken += count;
    if (error == http::error::need_more) {
      error = {};
      if (count == 0) break;
    }
    if (error) break;
  }
  return taken;
}

// The path of a target in origin form, absolute form (RFC 9112 section 3.2) or, for OPTIONS, "*".
std::optional<std::string_view> path_and_query(std::string_view target, std::string_view method) {
  if (target.starts_with('/')) return target;
  if (target == "*" && method == "OPTIONS") return target;
  if (!target.starts_with("http://") && !target.starts_with("https://")) return std::nullopt;
  const std::size_t slash = target.find('/', target.find("//") + 2);
  return slash == std::string_view::npos ? "/" : target.substr(slash);
}

}  // namespace

struct RequestParser::Beast {
  http::request_parser<http::string_body> parser;
};

RequestParser::RequestParser() : beast_(std::make_unique<Beast>()) {
  beast_->parser.eager(true);
  beast_->parser.header_limit(limits::kHttpHeaderBytesMax);
  beast_->parser.body_limit(limits::kHttpBodyBytesMax);
}

RequestParser::~RequestParser() = default;

std::size_t RequestParser::feed(std::span<const std::uint8_t> bytes) {
  if (state_ != ParseState::incomplete) return 0;
  error_code error;
  const std::size_t taken = put_all(beast_->parser, bytes, error);
  if (error == http::error::header_limit) {
    refuse(431, "The request's headers are too long.");
  } else if (error == http::error::body_limit) {
    refuse(413, "The request's body is too long.");
  } else if (error == http::error::bad_version) {
    refuse(505, "This server speaks HTTP/1.0 and HTTP/1.1.");
  } else if (error) {
    refuse(400, "This is not an HTTP/1.1 request.");
  } else if (beast_->parser.is_done()) {
    check_complete();
  }
  return taken;
}

void RequestParser::refuse(int status, std::string sentence) {
  state_ = ParseState::refused;
  refusal_ = {.status = status, .body = std::move(sentence) + "\n"};
}

void RequestParser::check_complete() {
  auto& message = beast_->parser.get();
  // RFC 9112 section 3.2: exactly one Host, or 400.
  const std::size_t hosts = message.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && is_http11())) {
    return refuse(400, "The request needs exactly one Host header.");
  }
  // RFC 9112 section 6.1: a coding that we do not know leaves the end of the body unknown, and what
  // one program takes for a body another takes for the next request.
  if (const std::size_t codings = message.count(http::field::transfer_encoding); codings > 0) {
    const auto coding = message[http::field::transfer_encoding];
    if (codings > 1 || !boost::beast::iequals(coding, "chunked")) {
      return refuse(501, "The only transfer coding that is understood here is 'chunked'.");
    }
  }
  request_.method = to_string(message.method_string());
  request_.target = to_string(message.target());
  const auto whole = path_and_query(request_.target, request_.method);
  if (!whole) return refuse(400, "The request's target is not a path.");
  const std::size_t mark = std::min(whole->find('?'), whole->size());
  auto path = percent_decoded(whole->substr(0, mark));
  if (!path) return refuse(400, "The request's path has a bad percent escape.");
  request_.path = *std::move(path);
  request_.query = whole->substr(std::min(mark + 1, whole->size()));
  for (const auto& field : message) {
    request_.headers.emplace_back(to_string(field.name_string()), to_string(field.value()));
  }
  request_.body = std::move(message.body());
  state_ = ParseState::complete;
}

bool RequestParser::take_expectation() {
  if (expectation_seen_ || state_ != ParseState::incomplete) return false;
  if (!beast_->parser.is_header_done()) return false;
  expectation_seen_ = true;
  const auto value = beast_->parser.get()[http::field::expect];
  return ws::header_has_token({value.data(), value.size()}, "100-continue");
}

HttpRequest RequestParser::take() {
  LIVEGATE_CHECK(state_ == ParseState::complete);
  return std::move(request_);
}

bool RequestParser::keep_alive() const { return beast_->parser.get().keep_alive(); }
bool RequestParser::is_http11() const { return beast_->parser.get().version() == 11; }

struct ResponseHeadParser::Beast {
  http::response_parser<http::empty_body> parser;
};

ResponseHeadParser::ResponseHeadParser() : beast_(std::make_unique<Beast>()) {
  beast_->parser.skip(true);  // the head is all we read
  beast_->parser.header_limit(limits::kHttpHeaderBytesMax);
}

ResponseHeadParser::~ResponseHeadParser() = default;

std::size_t ResponseHeadParser::feed(std::span<const std::uint8_t> bytes) {
  if (state_ != ParseState::incomplete) return 0;
  error_code error;
  const std::size_t taken = put_all(beast_->parser, bytes, error);
  if (error) {
    state_ = ParseState::refused;
  } else if (beast_->parser.is_header_done()) {
    state_ = ParseState::complete;
  }
  return taken;
}

int ResponseHeadParser::status() const {
  return static_cast<int>(beast_->parser.get().result_int());
}

std::string ResponseHeadParser::header(std::string_view name) const {
  std::string joined;
  const auto& message = beast_->parser.get();
  const auto [first, last] = message.equal_range({name.data(), name.size()});
  for (auto field = first; field != last; ++field) {
    if (!joined.empty()) joined += ", ";
    joined += to_string(field->value());
  }
  return joined;
}

}  // namespace livegate::net
