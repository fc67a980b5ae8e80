#include "net/fetch.h"

#include <gmock/gmock.h>

#include "net/test_certificates.h"
#include "net/test_world.h"

namespace livegate::net {
namespace {

using test::request_to;
using test::Server;
using test::url_of;
using test::World;
using testing::HasSubstr;

struct FetchTest : testing::Test {
  World world;

  Fetch::Outcome fetch(Connector::Request request) {
    if (request.time_max == Millis::zero()) request.time_max = 20s;
    std::optional<Fetch::Outcome> outcome;
    const auto running = Fetch::open(world.loop, std::move(request), [&](Fetch::Outcome came) {
      outcome.emplace(std::move(came));
      world.changed();
    });
    world.run_until([&] { return outcome.has_value(); });
    return std::move(outcome).value();
  }
};

TEST_F(FetchTest, gives_status_date_and_body) {
  Server server(world);
  server.service.answer = [](const HttpRequest&) {
    return HttpResponse{.status = 503, .body = "not yet\n"};
  };
  const auto page = fetch(request_to(url_of(server, "ws", "127.0.0.1", "/readyz?x=1")));
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->status, 503);
  EXPECT_EQ(page->body, "not yet\n");
  EXPECT_THAT(page->date, HasSubstr("GMT"));
  EXPECT_EQ(server.service.requests.at(0).target, "/readyz?x=1");
  EXPECT_FALSE(server.service.requests.at(0).wants_websocket());
}

TEST_F(FetchTest, reads_a_body_that_comes_in_many_reads) {
  Server server(world);
  const std::string large(300'000, 'm');
  server.service.answer = [&](const HttpRequest&) { return HttpResponse{.body = large}; };
  const auto page = fetch(request_to(url_of(server)));
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->body, large);
}

TEST_F(FetchTest, notes_each_step_and_what_tls_agreed_on) {
  test::Authority authority("fetch");
  const auto files = authority.issue("server", "IP:127.0.0.1");
  Server server(world, {.tls = TlsContext::server(files.certificate, files.key).value()});
  auto request = request_to(url_of(server, "wss"));
  request.tls = TlsContext::client(authority.ca_file()).value();
  request.trace = std::make_shared<ConnectTrace>();
  const auto trace = request.trace;
  const auto page = fetch(std::move(request));
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(trace->address, "127.0.0.1");
  EXPECT_TRUE(trace->resolved && trace->connected && trace->secured && trace->answered);
  ASSERT_TRUE(trace->tls);
  EXPECT_EQ(trace->tls->version, "TLSv1.3");
  EXPECT_EQ(trace->tls->issuer, "fetch");
  EXPECT_GT(trace->tls->valid_until, std::chrono::system_clock::now());
  EXPECT_EQ(trace->http_status, 200);
}

TEST_F(FetchTest, says_that_nobody_listens) {
  std::uint16_t port = 0;
  {
    const Server server(world);
    port = server.listener->port();
  }
  const auto page = fetch(request_to("ws://127.0.0.1:" + std::to_string(port)));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().fault, ConnectFault::connect);
}

TEST_F(FetchTest, a_server_that_never_answers_is_given_up_after_the_time_allowed) {
  asio::io_context elsewhere;
  test::tcp::acceptor mute(elsewhere, {asio::ip::make_address("127.0.0.1"), 0});
  auto request = request_to("ws://127.0.0.1:" + std::to_string(mute.local_endpoint().port()));
  request.time_max = 50ms;
  const auto page = fetch(std::move(request));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().fault, ConnectFault::timeout);
  EXPECT_THAT(page.error().message, HasSubstr("no answer from 127.0.0.1"));
}

}  // namespace
}  // namespace livegate::net
