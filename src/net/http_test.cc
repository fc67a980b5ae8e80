#include "net/http.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "net/connector.h"
#include "net/http_wire.h"

namespace livegate::net {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Http, finds_headers_whatever_their_case) {
  const HttpRequest request{.headers = {{"X-One", "1"}, {"x-one", "2"}}};
  EXPECT_EQ(request.header("x-ONE"), "1");
  EXPECT_EQ(request.header("X-Two"), "");
}

TEST(Http, decodes_query_values) {
  const HttpRequest request{.query = "a=1&key=a%2Fb+c&empty=&bare&a=2&bad=%zz"};
  EXPECT_EQ(request.query_value("a"), "1");
  EXPECT_EQ(request.query_value("key"), "a/b+c");
  EXPECT_EQ(request.query_value("empty"), "");
  EXPECT_EQ(request.query_value("bare"), "");
  EXPECT_EQ(request.query_value("bad"), std::nullopt);
  EXPECT_EQ(request.query_value("absent"), std::nullopt);
}

TEST(Http, knows_an_upgrade_when_it_sees_one) {
  HttpRequest request{.method = "GET",
                      .headers = {{"upgrade", "WebSocket"}, {"Connection", "keep-alive, Upgrade"}}};
  EXPECT_TRUE(request.wants_websocket());
  request.method = "POST";
  EXPECT_FALSE(request.wants_websocket());
  request.method = "GET";
  request.headers[1].second = "keep-alive";
  EXPECT_FALSE(request.wants_websocket());
}

TEST(Http, refuses_broken_percent_escapes_and_zero) {
  EXPECT_EQ(percent_decoded("a%20b%C3%A9"), "a b\xC3\xA9");
  for (const char* bad : {"%", "%2", "%zz", "a%00b", "%2x"})
    EXPECT_FALSE(percent_decoded(bad)) << bad;
}

HttpRequest parsed(const std::string& head) {
  RequestParser parser;
  EXPECT_EQ(parser.feed(bytes_of(head)), head.size());
  EXPECT_EQ(parser.state(), ParseState::complete) << parser.refusal().body;
  return parser.take();
}

int refused_with(const std::string& text) {
  RequestParser parser;
  parser.feed(bytes_of(text));
  return parser.state() == ParseState::refused ? parser.refusal().status : 0;
}

TEST(HttpWire, splits_a_target_into_path_and_query) {
  const auto request = parsed("GET /a%20b?x=%20y HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/a%20b?x=%20y");
  EXPECT_EQ(request.path, "/a b");
  EXPECT_EQ(request.query, "x=%20y");
}

TEST(HttpWire, leaves_doubled_slashes_alone) {
  EXPECT_EQ(parsed("GET //ws/x HTTP/1.1\r\nHost: h\r\n\r\n").path, "//ws/x");
}

TEST(HttpWire, takes_the_absolute_form) {
  EXPECT_EQ(parsed("GET http://h:80/p?q HTTP/1.1\r\nHost: h\r\n\r\n").path, "/p");
  EXPECT_EQ(parsed("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n").path, "/");
  EXPECT_EQ(parsed("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").path, "*");
}

TEST(HttpWire, refuses_with_the_right_status) {
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\n\r\n"), 400);                        // no Host
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);  // two
  EXPECT_EQ(refused_with("GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(refused_with("\x16\x03\x01\x02 not http at all\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: h\r\nX: " +
                         std::string(limits::kHttpHeaderBytesMax, 'x')),
            431);
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                         std::to_string(limits::kHttpBodyBytesMax + 1) + "\r\n\r\n"),
            413);
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n"),
            400);
}

TEST(HttpWire, reads_a_body_by_length_and_by_chunks) {
  EXPECT_EQ(parsed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello").body, "hello");
  EXPECT_EQ(parsed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
                .body,
            "hello");
}

TEST(HttpWire, refuses_a_transfer_coding_that_it_does_not_know) {
  for (const std::string coding : {"xchunked", "x, chunked", "chunked, identity", "identity",
                                   "gzip, chunked", "chunked\r\nTransfer-Encoding: chunked"}) {
    EXPECT_GE(refused_with("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + coding +
                           "\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
              400)
        << coding;
  }
}

TEST(HttpWire, cut_at_every_byte_a_request_reads_the_same) {
  const std::string text =
      "POST /p?q=1 HTTP/1.1\r\nHost: h\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    RequestParser parser;
    std::string kept = text.substr(0, cut);
    kept.erase(0, parser.feed(bytes_of(kept)));
    kept += text.substr(cut);
    parser.feed(bytes_of(kept));
    ASSERT_EQ(parser.state(), ParseState::complete) << cut;
    const auto request = parser.take();
    EXPECT_EQ(request.body, "hello");
    EXPECT_EQ(request.header("x-a"), "b");
  }
}

TEST(HttpWire, leaves_what_follows_a_request) {
  const std::string text = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2";
  RequestParser parser;
  EXPECT_EQ(parser.feed(bytes_of(text)), text.size() - 6);
  EXPECT_TRUE(parser.keep_alive());
}

TEST(HttpWire, a_header_cannot_smuggle_in_another) {
  std::vector<std::uint8_t> out;
  append_response(out, {.headers = {{"X-Ok", "1"}, {"X-Bad", "1\r\nSet-Cookie: stolen"}}}, false,
                  true);
  const std::string text(out.begin(), out.end());
  EXPECT_NE(text.find("X-Ok: 1\r\n"), std::string::npos);
  EXPECT_EQ(text.find("Set-Cookie"), std::string::npos);
}

TEST(HttpWire, reads_the_head_of_an_answer_and_no_further) {
  const std::string head = "HTTP/1.1 101 Switching Protocols\r\nA: 1\r\na: 2\r\n\r\n";
  ResponseHeadParser parser;
  EXPECT_EQ(parser.feed(bytes_of(head + "\x81\x01x")), head.size());
  EXPECT_EQ(parser.state(), ParseState::complete);
  EXPECT_EQ(parser.status(), 101);
  EXPECT_EQ(parser.header("A"), "1, 2");
  ResponseHeadParser refused;
  refused.feed(bytes_of("HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\nno"));
  EXPECT_EQ(refused.state(), ParseState::complete);
  EXPECT_EQ(refused.status(), 401);
}

TEST(Url, reads_hosts_ports_and_paths) {
  const auto plain = Url::parse("ws://example.org").value();
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.host, "example.org");
  EXPECT_EQ(plain.port, 80);
  EXPECT_EQ(plain.path, "/");
  const auto tls = Url::parse("WSS://[::1]:8443//ws/x?y=1").value();
  EXPECT_TRUE(tls.tls);
  EXPECT_EQ(tls.host, "::1");
  EXPECT_EQ(tls.port, 8443);
  EXPECT_EQ(tls.path, "//ws/x?y=1");
  EXPECT_EQ(Url::parse("wss://h?y=1").value().path, "/?y=1");
  EXPECT_EQ(Url::parse("wss://h").value().port, 443);
}

TEST(Url, says_what_is_wrong) {
  const auto error = [](std::string_view text) { return Url::parse(text).error(); };
  EXPECT_EQ(error("https://h/"), "the URL must begin with ws:// or wss://");
  EXPECT_EQ(error("ws:///x"), "the URL names no host");
  EXPECT_EQ(error("ws://h:0/"), "the URL has a port that is not a number from 1 to 65535");
  EXPECT_EQ(error("ws://h:65536"), "the URL has a port that is not a number from 1 to 65535");
  EXPECT_EQ(error("ws://h:8x"), "the URL has a port that is not a number from 1 to 65535");
  EXPECT_EQ(error("ws://[::1"), "the URL has a [ without ]");
  EXPECT_EQ(error("ws://u:p@h/"), "the URL has a user in it");
  EXPECT_EQ(error("ws://h/#x"), "the URL has a fragment (RFC 6455 section 3)");
  EXPECT_EQ(error("ws://h/a b"), "the URL has a character in it that must be percent-encoded");
}

}  // namespace
}  // namespace livegate::net
