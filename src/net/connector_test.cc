#include "net/connector.h"

#include <gmock/gmock.h>

#include "net/test_certificates.h"
#include "net/test_world.h"
#include "ws/handshake.h"

namespace livegate::net {
namespace {

using test::dial;
using test::RawPeer;
using test::Received;
using test::request_to;
using test::Server;
using test::url_of;
using test::World;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

struct ConnectorTest : testing::Test {
  World world;

  ConnectError error_of(Connector::Request request) {
    const auto dialled = dial(world, std::move(request));
    world.run_until([&] { return dialled->done(); });
    if (!dialled->error) throw std::runtime_error("it connected");
    return *dialled->error;
  }
};

// A server that answers every connection with the same bytes, after the request has come.
class Canned {
 public:
  Canned(World& world, std::string answer)
      : world_(world), answer_(std::move(answer)), acceptor_(world.loop.impl().context) {
    acceptor_.open(test::tcp::v4());
    acceptor_.bind({asio::ip::make_address("127.0.0.1"), 0});
    acceptor_.listen();
    acceptor_.async_accept(
        [this](const boost::system::error_code& error, test::tcp::socket socket) {
          if (error) return;
          peer = std::make_unique<RawPeer>(world_, std::move(socket));
          peer->send(answer_);
        });
  }
  [[nodiscard]] Connector::Request request() const {
    return request_to("ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()));
  }
  std::unique_ptr<RawPeer> peer;

 private:
  World& world_;
  std::string answer_;
  test::tcp::acceptor acceptor_;
};

TEST_F(ConnectorTest, sends_the_path_the_secret_the_headers_and_the_subprotocols) {
  Server server(world);
  server.service.subprotocol = "b";
  auto request = request_to(url_of(server, "ws", "127.0.0.1", "//ws/x?alt=1"));
  request.secret_query = "key=hidden";
  request.headers = {{"User-Agent", "livegate-test"}};
  request.subprotocols = "a, b";
  const auto dialled = dial(world, std::move(request));
  world.run_until([&] { return dialled->done(); });
  ASSERT_TRUE(dialled->socket) << dialled->error->message;
  const auto& seen = server.service.requests.at(0);
  EXPECT_EQ(seen.target, "//ws/x?alt=1&key=hidden");
  EXPECT_EQ(seen.header("User-Agent"), "livegate-test");
  EXPECT_EQ(seen.header("Sec-WebSocket-Protocol"), "a, b");
  EXPECT_EQ(seen.header("Host"), "127.0.0.1:" + std::to_string(server.listener->port()));
  EXPECT_TRUE(ws::is_valid_key(seen.header("Sec-WebSocket-Key")));
}

TEST_F(ConnectorTest, every_key_is_new) {
  Server server(world);
  const auto one = dial(world, request_to(url_of(server)));
  const auto two = dial(world, request_to(url_of(server)));
  world.run_until([&] { return one->done() && two->done(); });
  EXPECT_NE(server.service.requests[0].header("Sec-WebSocket-Key"),
            server.service.requests[1].header("Sec-WebSocket-Key"));
}

TEST_F(ConnectorTest, reports_a_refused_upgrade_with_its_status_and_no_secret) {
  Server server(world);
  server.service.refusal = HttpResponse{.status = 403, .body = "key=hidden is not allowed"};
  auto request = request_to(url_of(server));
  request.secret_query = "key=hidden";
  const auto error = error_of(std::move(request));
  EXPECT_EQ(error.fault, ConnectFault::upgrade);
  EXPECT_EQ(error.http_status, 403);
  EXPECT_THAT(error.message, EndsWith("refused the upgrade to WebSocket with HTTP status 403"));
  EXPECT_THAT(error.message, Not(HasSubstr("hidden")));
}

TEST_F(ConnectorTest, reports_a_port_where_nobody_listens) {
  std::uint16_t port = 0;
  {
    Server server(world);
    port = server.listener->port();
  }
  const auto error = error_of(request_to("ws://127.0.0.1:" + std::to_string(port)));
  EXPECT_EQ(error.fault, ConnectFault::connect);
  EXPECT_EQ(error.message,
            "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
  EXPECT_EQ(error.told, "cannot connect to the server: Connection refused");
}

TEST_F(ConnectorTest, reports_a_name_that_does_not_exist) {
  const auto error = error_of(request_to("ws://no.such.name.invalid/"));
  EXPECT_EQ(error.fault, ConnectFault::resolve);
  EXPECT_THAT(error.message, testing::StartsWith("cannot find no.such.name.invalid: "));
  EXPECT_THAT(error.told, testing::StartsWith("cannot find the server: "));
}

TEST_F(ConnectorTest, tries_every_address_of_a_name) {
  Server server(world);  // on 127.0.0.1 only; localhost may be ::1 first
  const auto dialled = dial(world, request_to(url_of(server, "ws", "localhost")));
  world.run_until([&] { return dialled->done(); });
  EXPECT_TRUE(dialled->socket) << dialled->error->message;
}

TEST_F(ConnectorTest, gives_up_when_its_time_is_over_and_says_where) {
  Canned silent(world, "");
  auto request = silent.request();
  request.time_max = 30ms;
  const auto error = error_of(std::move(request));
  EXPECT_EQ(error.fault, ConnectFault::timeout);
  EXPECT_THAT(error.message, EndsWith(" within 30 ms: given up at waiting for its answer"));
}

TEST_F(ConnectorTest, destroyed_it_gives_up_silently_at_every_step) {
  Server server(world);
  for (int turns = 0; turns < 12; ++turns) {
    auto dialled = dial(world, request_to(url_of(server)));
    bool gone = false;
    std::function<void(int)> later = [&](int left) {
      if (left > 0) return world.loop.post([&, left] { later(left - 1); });
      dialled->connector.reset();
      gone = true;
      world.changed();
    };
    later(turns);
    world.run_until([&] { return gone; });
    const bool was_done = dialled->done();
    bool settled = false;
    auto other = dial(world, request_to(url_of(server)));
    world.run_until([&] { return settled = other->done(); });
    EXPECT_EQ(dialled->done(), was_done) << turns;
  }
}

TEST_F(ConnectorTest, may_be_destroyed_by_its_own_callback) {
  Server server(world);
  std::unique_ptr<Connector> connector;
  bool called = false;
  auto request = request_to(url_of(server));
  request.options = test::kOptions;
  request.time_max = 10s;
  connector = Connector::open(world.loop, std::move(request), [&](Connector::Outcome) {
    connector.reset();
    called = true;
    world.changed();
  });
  EXPECT_FALSE(called);
  world.run_until([&] { return called; });
}

TEST_F(ConnectorTest, refuses_answers_that_are_no_upgrade) {
  struct Case {
    const char* answer;
    const char* says;
  };
  for (const auto& [answer, says] : {
           Case{"SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n", " does not answer in HTTP"},
           Case{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", " with HTTP status 200"},
           Case{"HTTP/1.1 101 Ok\r\nConnection: Upgrade\r\n\r\n",
                " answered 101 without upgrading to WebSocket"},
           Case{"HTTP/1.1 101 Ok\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
                " answered with a wrong Sec-WebSocket-Accept"},
       }) {
    Canned server(world, answer);
    const auto error = error_of(server.request());
    EXPECT_EQ(error.fault, ConnectFault::upgrade);
    EXPECT_THAT(error.message, EndsWith(says));
  }
}

TEST_F(ConnectorTest, refuses_a_subprotocol_it_did_not_ask_for) {
  Server server(world);
  server.service.subprotocol = "other";
  auto request = request_to(url_of(server));
  request.subprotocols = "mine";
  EXPECT_THAT(error_of(std::move(request)).message,
              EndsWith(" chose a subprotocol that was not offered"));
}

TEST_F(ConnectorTest, delivers_frames_that_came_with_the_answer) {
  Server server(world);
  server.service.prepare = [](test::Recorder& side) { side.socket->send_text("welcome"); };
  const auto dialled = dial(world, request_to(url_of(server)));
  world.run_until([&] { return dialled->done(); });
  dialled->socket->start();
  world.run_until([&] { return dialled->socket->messages.size() == 1; });
  EXPECT_EQ(dialled->socket->messages[0].payload, "welcome");
}

struct TlsTest : ConnectorTest {
  test::Authority authority{"authority"};

  Listener::Options with_certificate_for(const std::string& name, const std::string& alternatives) {
    const auto files = authority.issue(name, alternatives);
    return {.tls = TlsContext::server(files.certificate, files.key).value()};
  }
  Connector::Request trusting(const std::string& url, const std::string& ca_file) {
    auto request = request_to(url);
    request.tls = TlsContext::client(ca_file).value();
    return request;
  }
};

TEST_F(TlsTest, carries_messages_to_a_name_and_to_an_address) {
  Server server(world, with_certificate_for("localhost", "DNS:localhost,IP:127.0.0.1"));
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto dialled = dial(world, trusting(url_of(server, "wss", host), authority.ca_file()));
    world.run_until([&] { return dialled->done(); });
    ASSERT_TRUE(dialled->socket) << dialled->error->message;
    EXPECT_TRUE(server.service.requests.back().tls);
    auto& client = *dialled->socket;
    client.start();
    const std::string large(700'000, 't');
    client.socket->send_text("small");
    client.socket->send_text(large);
    world.run_until([&] { return client.messages.size() == 2; });
    EXPECT_THAT(client.messages, ElementsAre(Received{ws::Opcode::text, "small"},
                                             Received{ws::Opcode::text, large}));
    client.socket->close(1000, "bye");
    world.run_until([&] { return client.closed && server.service.sockets.back()->closed; });
    EXPECT_EQ(client.closed->code, 1000);
    EXPECT_EQ(server.service.sockets.back()->closed->reason, "bye");
  }
}

TEST_F(TlsTest, refuses_an_authority_it_does_not_know) {
  Server server(world, with_certificate_for("localhost", "DNS:localhost"));
  const test::Authority other("somebody-else");
  const auto error = error_of(trusting(url_of(server, "wss", "localhost"), other.ca_file()));
  EXPECT_EQ(error.fault, ConnectFault::tls);
  EXPECT_EQ(error.message,
            "no TLS connection to localhost:" + std::to_string(server.listener->port()) +
                ": unable to get local issuer certificate");
}

TEST_F(TlsTest, refuses_a_certificate_for_another_host) {
  Server server(world, with_certificate_for("example.org", "DNS:example.org"));
  const auto by_name = error_of(trusting(url_of(server, "wss", "localhost"), authority.ca_file()));
  EXPECT_THAT(by_name.message, EndsWith(": hostname mismatch"));
  const auto by_address =
      error_of(trusting(url_of(server, "wss", "127.0.0.1"), authority.ca_file()));
  EXPECT_THAT(by_address.message, EndsWith(": IP address mismatch"));
  EXPECT_EQ(by_address.fault, ConnectFault::tls);
}

TEST_F(TlsTest, reports_a_server_that_speaks_no_tls) {
  Server plain(world);
  const auto error = error_of(trusting(url_of(plain, "wss"), authority.ca_file()));
  EXPECT_EQ(error.fault, ConnectFault::tls);
  EXPECT_THAT(error.message, EndsWith(": wrong version number"));
}

TEST_F(TlsTest, a_client_without_tls_is_let_go) {
  Server server(world, with_certificate_for("localhost", "DNS:localhost"));
  EXPECT_EQ(error_of(request_to(url_of(server))).fault, ConnectFault::upgrade);
}

TEST_F(TlsTest, stale_messages_are_taken_back_and_the_rest_arrives_whole) {
  Server server(world, with_certificate_for("localhost", "DNS:localhost"));
  server.service.echoes = false;
  const auto dialled =
      dial(world, trusting(url_of(server, "wss", "localhost"), authority.ca_file()));
  world.run_until([&] { return dialled->done(); });
  ASSERT_TRUE(dialled->socket) << dialled->error->message;
  dialled->socket->start();
  test::expect_that_stale_messages_are_taken_back(world, *server.service.sockets.back(),
                                                  *dialled->socket);
}

TEST_F(TlsTest, a_peer_that_vanishes_is_1006_once) {
  Server server(world, with_certificate_for("localhost", "DNS:localhost"));
  const auto dialled =
      dial(world, trusting(url_of(server, "wss", "localhost"), authority.ca_file()));
  world.run_until([&] { return dialled->done(); });
  ASSERT_TRUE(dialled->socket) << dialled->error->message;
  dialled->socket->start();
  server.service.sockets.back()->socket.reset();
  world.run_until([&] { return dialled->socket->closed.has_value(); });
  EXPECT_EQ(dialled->socket->closed->code, 1006);
  EXPECT_EQ(dialled->socket->closed_times, 1);
}

TEST_F(TlsTest, garbage_instead_of_a_handshake_is_let_go) {
  Server server(world, with_certificate_for("localhost", "DNS:localhost"));
  RawPeer peer(world, server.listener->port());
  peer.send(std::string(200, 'g'));
  world.run_until([&] { return peer.ended(); });
  EXPECT_TRUE(server.service.requests.empty());
}

TEST_F(TlsTest, a_handshake_that_never_ends_is_let_go) {
  auto options = with_certificate_for("localhost", "DNS:localhost");
  options.request_time_max = 20ms;
  Server server(world, options);
  RawPeer peer(world, server.listener->port());
  world.run_until([&] { return peer.ended(); });
}

TEST_F(TlsTest, wss_without_a_context_is_refused) {
  const auto error = error_of(request_to("wss://localhost"));
  EXPECT_EQ(error.message, "no TLS is set up for localhost");
}

TEST_F(TlsTest, names_the_file_that_cannot_be_used) {
  EXPECT_THAT(TlsContext::client("/no/such/ca.pem").error(),
              HasSubstr("cannot use the CA file /no/such/ca.pem: "));
  EXPECT_THAT(TlsContext::server("/no/such/cert.pem", "x").error(),
              HasSubstr("cannot use the certificate file /no/such/cert.pem: No such file"));
  const auto one = authority.issue("one", "DNS:one");
  const auto two = authority.issue("two", "DNS:two");
  EXPECT_THAT(TlsContext::server(one.certificate, "/no/such/key.pem").error(),
              HasSubstr("cannot use the key file /no/such/key.pem"));
  EXPECT_THAT(TlsContext::server(one.certificate, two.key).error(), HasSubstr(two.key));
}

}  // namespace
}  // namespace livegate::net
