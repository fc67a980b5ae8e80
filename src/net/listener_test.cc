#include "net/listener.h"

#include <algorithm>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "net/test_world.h"

namespace livegate::net {
namespace {

using test::RawPeer;
using test::Server;
using test::World;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct ListenerTest : testing::Test {
  World world;

  // Sends `text` to `server` and returns all that comes back once `complete`, or the connection,
  // ends.
  std::string answer_to(Server& server, const std::string& text, const std::string& complete) {
    RawPeer peer(world, server.listener->port());
    peer.send(text);
    world.run_until(
        [&] { return peer.ended() || (!complete.empty() && peer.received().ends_with(complete)); });
    return peer.received();
  }
};

TEST_F(ListenerTest, answers_a_plain_request) {
  Server server(world);
  const auto answer = answer_to(server, "GET /a%20b?c HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a b");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 8\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: keep-alive\r\n"));
  EXPECT_EQ(server.service.requests[0].remote_address, "127.0.0.1");
  EXPECT_FALSE(server.service.requests[0].tls);
}

TEST_F(ListenerTest, keeps_a_connection_and_answers_requests_sent_ahead_in_order) {
  Server server(world);
  const auto answer =
      answer_to(server,
                "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
                "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "");
  EXPECT_LT(answer.find("GET /1"), answer.find("GET /2"));
  EXPECT_THAT(answer, EndsWith("GET /3"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST_F(ListenerTest, head_has_the_length_and_not_the_body) {
  Server server(world);
  const auto answer =
      answer_to(server, "HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(ListenerTest, an_http10_client_is_answered_and_let_go) {
  Server server(world);
  EXPECT_THAT(answer_to(server, "GET / HTTP/1.0\r\n\r\n", ""), EndsWith("GET /"));
}

TEST_F(ListenerTest, tells_a_client_that_waits_to_go_on_with_its_body) {
  Server server(world);
  RawPeer peer(world, server.listener->port());
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  world.run_until([&] { return peer.received() == "HTTP/1.1 100 Continue\r\n\r\n"; });
  peer.send("body");
  world.run_until([&] { return peer.received().ends_with("POST /"); });
  EXPECT_EQ(server.service.requests[0].body, "body");
}

TEST_F(ListenerTest, a_flood_of_headers_is_answered_431) {
  Server server(world);
  std::string flood = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 10'000; ++i) flood += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_THAT(answer_to(server, flood, ""), StartsWith("HTTP/1.1 431 "));
  EXPECT_TRUE(server.service.requests.empty());
}

TEST_F(ListenerTest, a_body_over_the_cap_is_answered_413_even_while_it_is_sent) {
  Server server(world);
  const auto answer = answer_to(
      server,
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'b'),
      "");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
}

TEST_F(ListenerTest, garbage_is_answered_400) {
  Server server(world);
  EXPECT_THAT(answer_to(server, std::string("\x16\x03\x01\x00\r\n\r\n", 8), ""),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(ListenerTest, a_request_that_drips_is_answered_408) {
  Server server(world, {.request_time_max = 20ms});
  const auto answer = answer_to(server, "GET / HTTP/1.1\r\nHost:", "");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(answer, EndsWith("The request took too long.\n"));
}

TEST_F(ListenerTest, a_connection_that_says_nothing_is_let_go_in_silence) {
  Server server(world, {.request_time_max = 20ms});
  EXPECT_EQ(answer_to(server, "", ""), "");
}

TEST_F(ListenerTest, a_service_that_throws_costs_its_client_a_500_and_nobody_else) {
  std::string trouble;
  Server server(world, {.on_trouble = [&](std::string_view text) { trouble = text; }});
  server.service.answer = [](const HttpRequest& request) -> HttpResponse {
    if (request.path == "/bad") throw std::runtime_error("broken");
    return {.body = "fine"};
  };
  EXPECT_THAT(answer_to(server, "GET /bad HTTP/1.1\r\nHost: h\r\n\r\n", ""),
              StartsWith("HTTP/1.1 500 "));
  EXPECT_EQ(trouble, "a request could not be served: broken");
  EXPECT_THAT(answer_to(server, "GET /good HTTP/1.1\r\nHost: h\r\n\r\n", "fine"),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(ListenerTest, a_large_answer_arrives_whole) {
  Server server(world);
  const std::string body(8'000'000, 'z');
  server.service.answer = [&](const HttpRequest&) { return HttpResponse{.body = body}; };
  const auto answer =
      answer_to(server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 8000000\r\n"));
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, body.size());
}

TEST_F(ListenerTest, a_shared_answer_arrives_whole_as_often_as_it_is_asked_for) {
  Server server(world);
  std::string content(3'000'000, 'z');
  for (std::size_t i = 0; i < content.size(); i += 1000)
    content[i] = static_cast<char>('a' + i % 7);
  const auto body = std::make_shared<const std::string>(content);
  server.service.answer = [&](const HttpRequest&) { return HttpResponse{.shared_body = body}; };
  const auto answer = answer_to(server,
                                "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
                                "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"
                                "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                                "");
  const std::size_t first = answer.find("\r\n\r\n") + 4;
  EXPECT_THAT(answer.substr(0, first), HasSubstr("Content-Length: 3000000\r\n"));
  EXPECT_TRUE(answer.compare(first, content.size(), content) == 0);
  const std::size_t head = first + content.size();
  const std::size_t second = answer.find("\r\n\r\n", head) + 4;
  EXPECT_THAT(answer.substr(head, second - head), HasSubstr("Content-Length: 3000000\r\n"));
  EXPECT_THAT(answer.substr(second), StartsWith("HTTP/1.1 200 "));
  const std::size_t last = answer.find("\r\n\r\n", second) + 4;
  EXPECT_TRUE(answer.substr(last) == content);
}

TEST_F(ListenerTest, completes_the_handshake_of_the_rfc_and_declines_extensions) {
  Server server(world);
  server.service.subprotocol = "livegate.v1";
  const auto answer = answer_to(server,
                                "GET //ws/x?key=1 HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
                                "Connection: keep-alive, Upgrade\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                                "Sec-WebSocket-Version: 13\r\n\r\n",
                                "\r\n\r\n");
  EXPECT_EQ(answer,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            "Sec-WebSocket-Protocol: livegate.v1\r\n\r\n");
  EXPECT_EQ(server.service.requests[0].path, "//ws/x");
}

TEST_F(ListenerTest, says_what_is_wrong_with_a_handshake) {
  Server server(world);
  const auto with = [](const std::string& headers) {
    return "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + headers +
           "\r\n";
  };
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const auto old = answer_to(server, with(key + "Sec-WebSocket-Version: 8\r\n"), "");
  EXPECT_THAT(old, StartsWith("HTTP/1.1 426 "));
  EXPECT_THAT(old, HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
  const auto keyless = answer_to(server, with("Sec-WebSocket-Version: 13\r\n"), "");
  EXPECT_THAT(keyless, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(keyless, EndsWith("The Sec-WebSocket-Key header must be the base64 of 16 bytes.\n"));
  EXPECT_TRUE(server.service.sockets.empty());
}

TEST_F(ListenerTest, a_service_may_refuse_an_upgrade_in_its_own_words) {
  Server server(world);
  server.service.refusal = HttpResponse{.status = 401, .body = "no token"};
  const auto answer = answer_to(server, test::upgrade_request(), "");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(answer, EndsWith("no token"));
}

TEST_F(ListenerTest, a_second_one_hears_that_the_address_is_in_use) {
  Server server(world);
  const auto port = server.listener->port();
  const auto second = Listener::open({.port = port}, {&world.loop}, {&server.service});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), "cannot listen on 127.0.0.1:" + std::to_string(port) +
                                ": another program already uses that address");
}

TEST_F(ListenerTest, an_address_of_somebody_else_is_refused_in_one_sentence) {
  test::TestService service(world);
  const auto foreign =
      Listener::open({.host = "192.0.2.1", .port = 8080}, {&world.loop}, {&service});
  EXPECT_EQ(foreign.error(),
            "cannot listen on 192.0.2.1:8080: that address is not one of this machine's");
  const auto nameless = Listener::open({.host = "no.such.name.invalid"}, {&world.loop}, {&service});
  EXPECT_THAT(nameless.error(),
              StartsWith("cannot listen on no.such.name.invalid: the name has no"));
}

TEST_F(ListenerTest, listens_on_a_name_and_on_ipv6) {
  test::TestService service(world);
  EXPECT_TRUE(Listener::open({.host = "localhost", .port = 0}, {&world.loop}, {&service}));
  for (const char* host : {"::1", "[::1]", "::"}) {
    const auto listener = Listener::open({.host = host, .port = 0}, {&world.loop}, {&service});
    ASSERT_TRUE(listener) << host << ": " << listener.error();
    auto dialled = test::dial(
        world, test::request_to("ws://[::1]:" + std::to_string((*listener)->port()) + "/"));
    world.run_until([&] { return dialled->done(); });
    EXPECT_TRUE(dialled->socket) << host << ": " << dialled->error->message;
  }
}

TEST_F(ListenerTest, with_too_many_connections_the_least_useful_goes_and_no_session_does) {
  int troubles = 0;
  int closed = 0;
  Server server(world, {.http_connections_max = 2,
                        .on_made_room = [&] { ++closed; },
                        .on_trouble = [&](std::string_view) { ++troubles; }});
  auto session = test::upgraded_peer(world, server);
  RawPeer first(world, server.listener->port());
  RawPeer second(world, server.listener->port());
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  first.send(request);
  second.send(request);
  world.run_until(
      [&] { return first.received().ends_with("/") && second.received().ends_with("/"); });
  RawPeer third(world, server.listener->port());
  world.run_until([&] { return first.ended(); });
  EXPECT_FALSE(second.ended());
  RawPeer fourth(world, server.listener->port());
  fourth.send(request);
  world.run_until([&] { return fourth.received().ends_with("/"); });
  EXPECT_TRUE(third.ended()) << "it has said nothing";
  EXPECT_FALSE(second.ended()) << "it was of use once";
  EXPECT_EQ(closed, 2);
  EXPECT_EQ(troubles, 1) << "once a minute";
  EXPECT_FALSE(session->ended());
}

TEST_F(ListenerTest, whoever_asks_is_answered_while_one_address_holds_all_it_may) {
  Server server(world, {.http_connections_max = 1000, .http_connections_per_address_max = 50});
  std::vector<std::unique_ptr<RawPeer>> silent;
  for (int i = 0; i < 300; ++i) {
    silent.push_back(std::make_unique<RawPeer>(world, server.listener->port()));
  }
  EXPECT_THAT(answer_to(server, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", "GET /healthz"),
              StartsWith("HTTP/1.1 200 "));
  const auto held = std::ranges::count_if(silent, [](const auto& peer) { return !peer->ended(); });
  EXPECT_LE(held, 50);
  EXPECT_GE(held, 49);
}

TEST_F(ListenerTest, those_that_do_not_end_after_the_last_word_are_bounded) {
  int closed = 0;
  Server server(world, {.http_connections_max = 10, .on_made_room = [&] { ++closed; }});
  server.service.refusal = HttpResponse{.status = 401, .body = "no token"};
  // They end their side never: RawPeer keeps its socket, and reads.
  std::vector<std::unique_ptr<RawPeer>> refused;
  for (int i = 0; i < 50; ++i) {
    refused.push_back(std::make_unique<RawPeer>(world, server.listener->port()));
    refused.back()->send(test::upgrade_request());
    world.run_until([&] { return refused.back()->received().ends_with("no token"); });
  }
  EXPECT_EQ(closed, 40);
}

TEST_F(ListenerTest, a_first_byte_that_does_not_come_ends_a_connection_before_a_slow_request) {
  Server server(world, {.first_byte_time_max = 500ms, .request_time_max = 20s});
  RawPeer slow(world, server.listener->port());
  slow.send("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  world.run_until([&] { return slow.received().starts_with("HTTP/1.1 100 "); });
  RawPeer silent(world, server.listener->port());
  world.run_until([&] { return silent.ended(); });
  EXPECT_EQ(silent.received(), "");
  slow.send("body");
  world.run_until([&] { return slow.received().ends_with("POST /slow"); });
}

TEST_F(ListenerTest, running_out_of_descriptors_is_survived_and_said) {
  std::string trouble;
  Server server(world, {.on_trouble = [&](std::string_view text) {
                  trouble = text;
                  world.changed();
                }});
  // One that waits between two requests goes for one that asks.
  RawPeer idle(world, server.listener->port());
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  world.run_until([&] { return idle.received().ends_with("GET /"); });
  // The caller's own socket exists before the limit falls: only accepting then fails.
  test::tcp::socket caller(world.loop.impl().context);
  caller.open(test::tcp::v4());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  caller.connect({asio::ip::make_address("127.0.0.1"), server.listener->port()});
  world.run_until([&] { return !trouble.empty(); });
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(trouble, "cannot accept connections: Too many open files");
  world.run_until([&] { return idle.ended(); });
  RawPeer peer(world, std::move(caller));
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  world.run_until([&] { return peer.received().ends_with("GET /"); });
}

TEST_F(ListenerTest, stops_accepting_and_leaves_sessions_alone) {
  Server server(world);
  test::Pair pair(world, server);
  server.listener->stop_accepting();
  pair.client().socket->send_text("still here");
  world.run_until([&] { return pair.client().messages.size() == 1; });
  auto late = test::dial(world, test::request_to(test::url_of(server)));
  world.run_until([&] { return late->done(); });
  ASSERT_TRUE(late->error);
  EXPECT_THAT(late->error->message, EndsWith(": Connection refused"));
}

TEST_F(ListenerTest, its_end_ends_requests_and_leaves_sessions_alone) {
  Server server(world);
  test::Pair pair(world, server);
  RawPeer waiting(world, server.listener->port());
  waiting.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  world.run_until([&] { return waiting.received().ends_with("GET /"); });
  server.listener.reset();
  world.run_until([&] { return waiting.ended(); });
  pair.client().socket->send_text("still here");
  world.run_until([&] { return pair.client().messages.size() == 1; });
}

// A service for a loop of its own, that counts across threads.
class Counting final : public Service, public WebSocket::Handler {
 public:
  HttpResponse on_request(const HttpRequest&) override { return {}; }
  std::variant<Accept, HttpResponse> on_upgrade(const HttpRequest&) override {
    return Accept{.options = test::kOptions};
  }
  void on_websocket(const HttpRequest&, std::unique_ptr<WebSocket> socket) override {
    threads.insert(std::this_thread::get_id());
    socket->start(*this);
    socket->send_text("hello");
    sockets.push_back(std::move(socket));
  }
  void on_message(ws::Opcode, PaddedText) override {}
  void on_closed(const Closed&) override {}

  std::set<std::thread::id> threads;
  std::vector<std::unique_ptr<WebSocket>> sockets;
};

TEST_F(ListenerTest, deals_connections_out_evenly_to_loops_on_their_own_threads) {
  Loop one;
  Loop two;
  Counting first;
  Counting second;
  auto listener = Listener::open({.port = 0}, {&one, &two}, {&first, &second});
  ASSERT_TRUE(listener) << listener.error();
  std::thread thread_one([&] { one.run(); });
  std::thread thread_two([&] { two.run(); });
  std::vector<std::unique_ptr<test::Dialled>> clients;
  const std::string url = "ws://127.0.0.1:" + std::to_string((*listener)->port());
  for (int i = 0; i < 10; ++i) clients.push_back(test::dial(world, test::request_to(url)));
  std::size_t greeted = 0;
  std::set<test::Dialled*> started;
  world.run_until([&] {
    greeted = 0;
    for (auto& client : clients) {
      if (client->socket && started.insert(client.get()).second) client->socket->start();
      if (client->socket && !client->socket->messages.empty()) ++greeted;
    }
    return greeted == clients.size();
  });
  one.stop();
  two.stop();
  thread_one.join();
  thread_two.join();
  EXPECT_EQ(first.sockets.size(), 5U);
  EXPECT_EQ(second.sockets.size(), 5U);
  EXPECT_EQ(first.threads.size(), 1U);
  EXPECT_EQ(second.threads.size(), 1U);
  EXPECT_NE(first.threads, second.threads);
}

}  // namespace
}  // namespace livegate::net
