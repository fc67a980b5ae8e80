// HTTP as strangers write it: requests are refused with a status, or read the same whole and byte
// by byte, and what is taken out of them has no line break; answers to our own requests likewise.
// The first byte says which: 0 requests, one behind the other; 1 the head of an answer; 2 a URL.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "input.h"
#include "net/connector.h"
#include "net/http_wire.h"
#include "policy/address_list.h"
#include "ws/handshake.h"

using namespace livegate;
using net::ParseState;

namespace {

using Bytes = std::span<const std::uint8_t>;

bool is_one_line(std::string_view text) { return text.find_first_of("\r\n") == text.npos; }

// Offers `step` bytes more each time, with what was left over. Returns how many were taken.
template <class Parser>
std::size_t feed(Parser& parser, Bytes bytes, std::size_t step) {
  std::size_t taken = 0;
  for (std::size_t end = 0; end < bytes.size() && parser.state() == ParseState::incomplete;) {
    end = std::min(end + step, bytes.size());
    const std::size_t count = parser.feed(bytes.subspan(taken, end - taken));
    fuzz::require(count <= end - taken);
    taken += count;
  }
  return taken;
}

// A head that is no HTTP may be refused before it has ended, or once it has.
template <class Parser>
bool both_complete(const Parser& whole, const Parser& pieces) {
  const bool complete = whole.state() == ParseState::complete;
  fuzz::require(complete == (pieces.state() == ParseState::complete));
  return complete;
}

void look_at(const net::HttpRequest& request) {
  fuzz::require(is_one_line(request.method) && is_one_line(request.target));
  fuzz::require(request.path.starts_with('/') || request.path == "*");
  fuzz::require(request.path.find('\0') == request.path.npos);
  fuzz::require(request.body.size() <= limits::kHttpBodyBytesMax);
  std::size_t bytes = 0;
  for (const auto& [name, value] : request.headers) {
    fuzz::require(!name.empty() && is_one_line(name) && is_one_line(value));
    fuzz::require(request.header(name).data() != nullptr && !request.all(name).empty());
    bytes += name.size() + value.size();
  }
  fuzz::require(bytes <= limits::kHttpHeaderBytesMax);
  if (const auto token = request.query_value("token")) {
    fuzz::require(token->find('\0') == token->npos);
  }
  static_cast<void>(request.wants_websocket());
  static_cast<void>(ws::is_valid_key(request.header("Sec-WebSocket-Key")));
  static const auto proxies = *policy::AddressList::parse({"10.0.0.0/8", "2001:db8::/32"});
  for (const std::string_view forwarded : request.all("X-Forwarded-For")) {
    fuzz::require(!policy::client_address("10.0.0.1", forwarded, proxies).empty());
    fuzz::require(policy::client_address("192.0.2.1", forwarded, proxies) == "192.0.2.1");
  }
}

// An answer that says what the request said is one answer, and no more.
void reflect(const net::HttpRequest& request) {
  std::vector<std::uint8_t> out;
  net::append_response(out, {.body = request.path, .headers = request.headers}, false, true);
  const std::string_view text(reinterpret_cast<const char*>(out.data()), out.size());
  const std::size_t end = text.find("\r\n\r\n");
  fuzz::require(end != text.npos && text.substr(end + 4) == request.path);
}

void requests(Bytes bytes) {
  for (int i = 0; i < 20 && !bytes.empty(); ++i) {
    net::RequestParser whole;
    net::RequestParser pieces;
    const std::size_t taken = feed(whole, bytes, bytes.size());
    const std::size_t taken_slowly = feed(pieces, bytes, 1);
    if (whole.state() == ParseState::refused) {
      fuzz::require(whole.refusal().status >= 400 && whole.refusal().body.ends_with(".\n"));
    }
    if (!both_complete(whole, pieces)) return;
    fuzz::require(taken == taken_slowly && taken > 0);
    fuzz::require(whole.keep_alive() == pieces.keep_alive());
    const net::HttpRequest request = whole.take();
    const net::HttpRequest again = pieces.take();
    fuzz::require(request.target == again.target && request.body == again.body);
    fuzz::require(request.headers == again.headers && request.path == again.path);
    look_at(request);
    reflect(request);
    bytes = bytes.subspan(taken);
  }
}

void answer(Bytes bytes) {
  net::ResponseHeadParser whole;
  net::ResponseHeadParser pieces;
  feed(whole, bytes, bytes.size());
  feed(pieces, bytes, 1);
  if (!both_complete(whole, pieces)) return;
  fuzz::require(whole.status() == pieces.status() && whole.status() >= 0);
  for (const std::string_view name : {"Sec-WebSocket-Accept", "Upgrade", "Date"}) {
    fuzz::require(whole.header(name) == pieces.header(name) && is_one_line(whole.header(name)));
  }
}

void url(std::string_view text) {
  const auto parsed = net::Url::parse(text);
  if (!parsed) return fuzz::require(!parsed.error().empty());
  fuzz::require(!parsed->host.empty() && parsed->port > 0 && parsed->path.starts_with('/'));
  fuzz::require(is_one_line(parsed->host) && is_one_line(parsed->path));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // In an allocation of its own: the sanitizer sees what is read behind it.
  const std::vector<std::uint8_t> bytes(data + 1, data + size);
  switch (data[0] % 3) {
    case 0:
      requests(bytes);
      break;
    case 1:
      answer(bytes);
      break;
    default:
      url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  return 0;
}
